"""The text of our own calendars, read by two libraries that know nothing of each other."""

from datetime import UTC, date, datetime, timedelta

import pytest
import vobject
from icalendar import Calendar

from airbnb.domain.ical import FOLD_AT, CalendarSpan, calendar_text

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
FIRST = date(2026, 5, 10)
TEXTS = [
    "plain@example.test",
    "a;b,c\\d:e@example.test",
    "🏡 sea, sun; more \\n not a line@example.test",
    "é" * 80 + "@example.test",
    "🏡" * 60,
    "x" * 74 + "🏡" + "y" * 200,
    'quote"and=parameter;VALUE=DATE@x',
    "tail\\",
]
INJECTED = "x\r\nSUMMARY:free\r\nEND:VEVENT\nBEGIN:VEVENT\x00\u0085"


def spans_of(texts: list[str]) -> list[CalendarSpan]:
    return [
        CalendarSpan(text, FIRST + timedelta(days=number), FIRST + timedelta(days=number + 2), text)
        for number, text in enumerate(texts)
    ]


def read_by_icalendar(text: str) -> list[tuple[str, str, date, date]]:
    found = Calendar.from_ical(text).walk("VEVENT")
    return [(str(e["UID"]), str(e["SUMMARY"]), e.decoded("DTSTART"), e.decoded("DTEND")) for e in found]


def read_by_vobject(text: str) -> list[tuple[str, str, date, date]]:
    found = vobject.readOne(text).vevent_list
    return [(e.uid.value, e.summary.value, e.dtstart.value, e.dtend.value) for e in found]


def test_case_52_two_libraries_read_what_was_written():
    spans = spans_of(TEXTS)
    text = calendar_text(spans, now=NOW)

    written = [(span.uid, span.summary, span.starts_on, span.ends_on) for span in spans]
    assert read_by_icalendar(text) == written
    assert read_by_vobject(text) == written


@pytest.mark.parametrize("text", [*TEXTS, INJECTED])
def test_case_52_no_text_becomes_a_line_of_its_own(text: str):
    plain = calendar_text(spans_of(["plain"]), now=NOW)
    hostile = calendar_text(spans_of([text]), now=NOW)

    def names(calendar: str) -> list[str]:
        unfolded = calendar.replace("\r\n ", "")
        return [line.split(":")[0].split(";")[0] for line in unfolded.split("\r\n")]

    assert names(hostile) == names(plain)
    assert len(read_by_icalendar(hostile)) == len(read_by_vobject(hostile)) == 1


@pytest.mark.parametrize("text", TEXTS)
def test_lines_end_with_crlf_and_have_75_octets_at_most(text: str):
    lines = calendar_text(spans_of([text]), now=NOW).split("\r\n")

    assert lines[-1] == ""
    assert all("\n" not in line and "\r" not in line for line in lines)
    assert max(len(line.encode()) for line in lines) <= FOLD_AT
