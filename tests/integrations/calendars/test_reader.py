"""Feeds with the quirks of the sites that people use, and feeds that nobody should trust."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from icalendar import Calendar

from airbnb.domain.ical import CalendarSpan, calendar_text, clean_uid
from airbnb.integrations.calendars import CalendarUnreadable, ReadWindow, read_calendar

FEEDS = Path(__file__).parent / "feeds"
WINDOW = ReadWindow(first=date(2026, 5, 1), until=date(2028, 4, 28), zone="Europe/Lisbon", own_domain="stays.example")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def feed_of(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{body}END:VCALENDAR\n".encode()


def spans(body: bytes) -> list[tuple[str, str]]:
    return [(str(span.starts_on), str(span.ends_on)) for span in read_calendar(body, WINDOW).spans]


@pytest.mark.parametrize(
    "name, expected",
    [
        ("airbnb", [("2026-05-10", "2026-05-13"), ("2027-04-29", "2027-05-01")]),
        ("vrbo", [("2026-06-01", "2026-06-05"), ("2026-06-10", "2026-06-12")]),
        ("booking_com", [("2026-07-01", "2026-07-03"), ("2026-07-10", "2026-07-11"), ("2026-07-15", "2026-07-16")]),
    ],
)
def test_the_big_sites_feeds_are_read(name, expected):
    assert spans((FEEDS / f"{name}.ics").read_bytes()) == expected


@pytest.mark.parametrize(
    "event, expected",
    [
        ("UID:1\nDTSTART;VALUE=DATE:20260510", ("2026-05-10", "2026-05-11")),
        ("UID:1\nDTSTART;VALUE=DATE:20260510\nDTEND;VALUE=DATE:20260508", ("2026-05-10", "2026-05-11")),
        ("UID:1\nDTSTART;VALUE=DATE:20260510\nDURATION:P3D", ("2026-05-10", "2026-05-13")),
        ("UID:1\nDTSTART:20260510T150000\nDTEND:20260512T110000", ("2026-05-10", "2026-05-12")),
        ("UID:1\nDTSTART:20260510T150000\nDTEND:20260512T180000", ("2026-05-10", "2026-05-13")),
        ("UID:1\nDTSTART:20260510T000000\nDTEND:20260511T000000", ("2026-05-10", "2026-05-11")),
        # Half past eleven in UTC is half past midnight in Lisbon's summer.
        ("UID:1\nDTSTART:20260510T233000Z\nDTEND:20260512T100000Z", ("2026-05-11", "2026-05-12")),
        ("UID:1\nDTSTART;TZID=Asia/Tokyo:20260511T060000\nDURATION:PT1H", ("2026-05-10", "2026-05-11")),
        ("UID:1\nDTSTART:20260510T150000", ("2026-05-10", "2026-05-11")),
        ("DTSTART;VALUE=DATE:20260510\nDTEND;VALUE=DATE:20260512", ("2026-05-10", "2026-05-12")),
    ],
)
def test_every_night_touched_in_listing_time_is_taken(event, expected):
    assert spans(feed_of(event)) == [expected]


@pytest.mark.parametrize(
    "event",
    [
        "UID:1\nDTSTART;VALUE=DATE:20260510\nTRANSP:TRANSPARENT",
        "UID:1\nDTSTART;VALUE=DATE:20260510\nSTATUS:CANCELLED",
        "UID:1\nDTSTART;VALUE=DATE:20250510\nDTEND;VALUE=DATE:20250512",
        "UID:1\nDTSTART;VALUE=DATE:20500510\nDTEND;VALUE=DATE:20500512",
        "UID:booking-1@STAYS.example\nDTSTART;VALUE=DATE:20260510",
        "UID:20260510-block-1@stays.example\nDTSTART;VALUE=DATE:20260510",
    ],
)
def test_what_takes_no_night_is_ignored(event):
    assert spans(feed_of(event)) == []


def test_a_series_without_end_ends_with_the_window():
    found = spans(feed_of("UID:1\nDTSTART;VALUE=DATE:20260504\nRRULE:FREQ=WEEKLY\nEXDATE;VALUE=DATE:20260511"))

    assert found[:2] == [("2026-05-04", "2026-05-05"), ("2026-05-18", "2026-05-19")]
    assert len(found) == 103


def test_occurrences_of_one_id_have_ids_of_their_own_that_keep_their_maker():
    body = feed_of("UID:a@b\nDTSTART;VALUE=DATE:20260504", "UID:a@b\nDTSTART;VALUE=DATE:20260601")

    assert [span.uid for span in read_calendar(body, WINDOW).spans] == ["20260504-a@b", "20260601-a@b"]


@pytest.mark.parametrize(
    "body, why",
    [
        (b"", "not_a_calendar"),
        (b"<html>Please sign in</html>", "not_a_calendar"),
        (b"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\n", "not_a_calendar"),
        (b"BEGIN:VCALENDAR\n\x00\xff\xfe garbage\nEND:VEVENT\nEND:VCALENDAR", "not_a_calendar"),
        (feed_of("UID:1\nDTSTART;VALUE=DATE:20260510"), None),
        (feed_of(*["UID:1\nDTSTART;VALUE=DATE:20260510"] * 5_001), "too_many_events"),
        (feed_of("UID:1\nDTSTART:20260510T000000Z\nRRULE:FREQ=SECONDLY"), "unbounded_series"),
        (feed_of("UID:1\nDTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY"), "unbounded_series"),
        (feed_of(*[f"UID:{n}\nDTSTART;VALUE=DATE:20260510\nRRULE:FREQ=DAILY" for n in range(101)]), "too_many_series"),
        (
            feed_of(*[f"UID:{n}\nDTSTART;VALUE=DATE:20260510\nRRULE:FREQ=DAILY" for n in range(20)]),
            "too_many_events",
        ),
    ],
    ids=range(10),
)
def test_what_cannot_be_trusted_is_refused(body, why):
    if why is None:
        assert read_calendar(body, WINDOW).is_trusted
        return
    with pytest.raises(CalendarUnreadable, match=why):
        read_calendar(body, WINDOW)


def test_a_million_events_are_refused_before_they_are_parsed():
    body = b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 1_000_000 + b"END:VCALENDAR"
    with pytest.raises(CalendarUnreadable, match="too_many_events"):
        read_calendar(body, WINDOW)


def test_a_calendar_without_events_is_not_trusted_unless_it_says_so():
    assert not read_calendar(b"BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n", WINDOW).is_trusted
    assert read_calendar(calendar_text([], now=NOW).encode(), WINDOW).is_trusted


NASTY = [
    CalendarSpan("plain@other.example", date(2026, 5, 10), date(2026, 5, 12)),
    CalendarSpan("semi;comma,back\\slash \U0001f3e0é" * 9, date(2026, 6, 1), date(2026, 6, 2)),
    CalendarSpan("evil\r\nATTACH:http://127.0.0.1/\r\nX:1", date(2026, 7, 1), date(2026, 7, 9)),
]


def test_our_text_is_folded_ended_by_crlf_and_holds_no_injected_property():
    text = calendar_text(NASTY, now=NOW)

    lines = text.encode().split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in b"".join(lines)
    assert not any(line.startswith(b"ATTACH") for line in lines)
    assert all(line.decode() for line in lines)


def test_two_parsers_read_our_text_as_it_was_meant():
    text = calendar_text(NASTY, now=NOW)
    expected = [(clean_uid(span.uid), span.starts_on, span.ends_on) for span in NASTY]

    parsed = Calendar.from_ical(text).walk("VEVENT")
    assert [(str(e["UID"]), e.decoded("DTSTART"), e.decoded("DTEND")) for e in parsed] == expected
    assert {str(event["SUMMARY"]) for event in parsed} == {"Not available"}
    assert by_hand(text) == expected


def by_hand(text: str) -> list[tuple[str, date, date]]:
    """Read a calendar with nothing but RFC 5545 at hand."""
    found, event = [], {}
    for line in text.replace("\r\n ", "").split("\r\n"):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            event = {}
        elif line == "END:VEVENT":
            uid = event["UID"].replace("\\;", ";").replace("\\,", ",").replace("\\\\", "\\")
            days = [date.fromisoformat(event[key]) for key in ("DTSTART", "DTEND")]
            found.append((uid, *days))
        else:
            event[name.partition(";")[0]] = value
    return found
