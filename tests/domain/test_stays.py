"""Stays are dates of the listing; instants follow from its clock, also where the clock jumps.

Source: docs/rules/calendar.md.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airbnb.domain.stays import (
    InvalidStay,
    Stay,
    check_in_at,
    check_out_at,
    days_before_check_in,
    earliest_date_on_earth,
    local_date,
    local_instant,
    nights_begun,
    nights_between,
)


def stay(first, last):
    return Stay(date.fromisoformat(first), date.fromisoformat(last))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "first, last, length",
    [
        ("2026-03-01", "2026-03-02", 1),
        ("2027-02-28", "2027-03-01", 1),
        ("2028-02-28", "2028-03-01", 2),
        ("2028-02-29", "2028-03-01", 1),
        ("2026-12-31", "2027-01-01", 1),
        ("2027-01-01", "2028-01-01", 365),
        ("2028-01-01", "2029-01-01", 366),
        ("2011-12-29", "2011-12-31", 2),
    ],
)
def test_nights_are_counted_as_dates(first, last, length):
    span = stay(first, last)

    assert span.length == length
    assert len(span.nights) == length
    assert span.nights[0] == span.check_in
    assert list(span.nights) == sorted(set(span.nights))
    assert span.check_out not in span
    assert span.check_in in span


@pytest.mark.parametrize("first, last", [("2026-03-01", "2026-03-01"), ("2026-03-02", "2026-03-01")])
def test_a_stay_has_a_night(first, last):
    with pytest.raises(InvalidStay):
        stay(first, last)


@pytest.mark.parametrize(
    "other, clash",
    [
        (("2026-06-01", "2026-06-05"), False),
        (("2026-06-01", "2026-06-06"), True),
        (("2026-06-06", "2026-06-07"), True),
        (("2026-06-01", "2026-06-30"), True),
        (("2026-06-08", "2026-06-09"), False),
    ],
)
def test_same_day_turn_over_is_no_overlap(other, clash):
    ours = stay("2026-06-05", "2026-06-08")

    assert ours.overlaps(stay(*other)) is clash
    assert stay(*other).overlaps(ours) is clash


def test_preparation_lengthens_what_must_be_free():
    assert stay("2026-06-05", "2026-06-08").with_preparation(2) == stay("2026-06-05", "2026-06-10")
    assert "2026-06-05" not in stay("2026-06-05", "2026-06-08")


# Check-in 15:00 and check-out 11:00 of the day after, unless the row says otherwise.
CLOCKS = [
    ("an ordinary summer day", "2026-07-01", "2026-07-02", "Europe/Berlin", "2026-07-01T13:00", "2026-07-02T09:00"),
    ("New York in spring", "2026-03-07", "2026-03-08", "America/New_York", "2026-03-07T20:00", "2026-03-08T15:00"),
    ("New York falls back", "2026-10-31", "2026-11-01", "America/New_York", "2026-10-31T19:00", "2026-11-01T16:00"),
    ("Berlin springs forward", "2026-03-28", "2026-03-29", "Europe/Berlin", "2026-03-28T14:00", "2026-03-29T09:00"),
    ("Berlin falls back", "2026-10-24", "2026-10-25", "Europe/Berlin", "2026-10-24T13:00", "2026-10-25T10:00"),
    ("Lord Howe by half", "2026-10-03", "2026-10-04", "Australia/Lord_Howe", "2026-10-03T04:30", "2026-10-04T00:00"),
    ("Lord Howe back again", "2026-04-04", "2026-04-05", "Australia/Lord_Howe", "2026-04-04T04:00", "2026-04-05T00:30"),
    ("Apia without a 30th", "2011-12-30", "2011-12-31", "Pacific/Apia", "2011-12-30T10:00", "2011-12-30T21:00"),
    ("Apia across the 30th", "2011-12-29", "2011-12-31", "Pacific/Apia", "2011-12-30T01:00", "2011-12-30T21:00"),
    ("Sao Paulo in 2018", "2018-11-03", "2018-11-04", "America/Sao_Paulo", "2018-11-03T18:00", "2018-11-04T13:00"),
    ("leap day", "2028-02-29", "2028-03-01", "Europe/Berlin", "2028-02-29T14:00", "2028-03-01T10:00"),
]  # fmt: skip


@pytest.mark.parametrize("first, last, zone, arrives, leaves", [row[1:] for row in CLOCKS], ids=[c[0] for c in CLOCKS])
def test_instants_follow_the_listings_clock(first, last, zone, arrives, leaves):
    span = stay(first, last)

    assert check_in_at(span, time(15), zone) == utc(arrives)
    assert check_out_at(span, time(11), zone) == utc(leaves)


@pytest.mark.parametrize(
    "day, at, zone, instant",
    [
        # Skipped times: the first instant after the gap.
        ("2026-03-08", time(2, 30), "America/New_York", "2026-03-08T07:00"),
        ("2026-03-29", time(2, 0), "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29", time(2, 59, 59), "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29", time(3, 0), "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-10-04", time(2, 15), "Australia/Lord_Howe", "2026-10-03T15:30"),
        ("2018-11-04", time(0, 0), "America/Sao_Paulo", "2018-11-04T03:00"),
        ("2018-11-04", time(0, 30), "America/Sao_Paulo", "2018-11-04T03:00"),
        ("2011-12-30", time(0, 0), "Pacific/Apia", "2011-12-30T10:00"),
        ("2011-12-30", time(23, 59), "Pacific/Apia", "2011-12-30T10:00"),
        # Repeated times: the first of the two.
        ("2026-11-01", time(1, 30), "America/New_York", "2026-11-01T05:30"),
        ("2026-10-25", time(2, 30), "Europe/Berlin", "2026-10-25T00:30"),
        ("2026-04-05", time(1, 45), "Australia/Lord_Howe", "2026-04-04T14:45"),
        ("2018-02-17", time(23, 30), "America/Sao_Paulo", "2018-02-18T01:30"),
    ],
)
def test_skipped_and_repeated_times_have_one_instant(day, at, zone, instant):
    assert local_instant(date.fromisoformat(day), at, zone) == utc(instant)


@pytest.mark.parametrize(
    "check_in, zone, days, deadline",
    [
        ("2026-03-30", "Europe/Berlin", 1, "2026-03-29T13:00"),
        ("2026-03-29", "Europe/Berlin", 1, "2026-03-28T14:00"),
        ("2026-10-26", "Europe/Berlin", 5, "2026-10-21T13:00"),
        ("2026-11-01", "America/New_York", 7, "2026-10-25T19:00"),
        ("2011-12-31", "Pacific/Apia", 1, "2011-12-30T10:00"),
    ],
)
def test_a_deadline_keeps_the_wall_clock_hour(check_in, zone, days, deadline):
    span = Stay(date.fromisoformat(check_in), date.fromisoformat(check_in).replace(year=2030))

    assert days_before_check_in(span, time(15), zone, days) == utc(deadline)


@pytest.mark.parametrize(
    "now, begun",
    [
        ("2026-07-01T13:00:00", 0),
        ("2026-07-01T13:00:01", 1),
        ("2026-07-02T13:00:00", 1),
        ("2026-07-02T13:00:01", 2),
        ("2026-07-09T00:00", 3),
    ],
)
def test_a_night_counts_once_its_check_in_hour_has_passed(now, begun):
    assert nights_begun(stay("2026-07-01", "2026-07-04"), time(15), "Europe/Berlin", utc(now)) == begun


def test_the_night_that_never_was_counts_once_the_next_day_has_begun():
    span = stay("2011-12-29", "2011-12-31")

    assert nights_begun(span, time(15), "Pacific/Apia", utc("2011-12-30T10:00:00")) == 1
    assert nights_begun(span, time(15), "Pacific/Apia", utc("2011-12-30T10:00:01")) == 2


def test_today_is_the_listings_today():
    late = utc("2026-07-01T23:30")

    assert local_date(late, "Asia/Tokyo") == date(2026, 7, 2)
    assert local_date(late, "America/New_York") == date(2026, 7, 1)
    assert earliest_date_on_earth(utc("2026-07-01T11:59")) == date(2026, 6, 30)
    assert earliest_date_on_earth(utc("2026-07-01T12:00")) == date(2026, 7, 1)


def test_a_reversed_span_has_no_nights():
    assert list(nights_between(date(2026, 7, 2), date(2026, 7, 1))) == []
    assert list(nights_between(date(2026, 7, 1), date(2026, 7, 3))) == [date(2026, 7, 1), date(2026, 7, 2)]


@given(
    st.dates(date(2005, 1, 1), date(2040, 12, 31)),
    st.times(),
    st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"]),
)
def test_an_instant_is_never_before_the_wall_time_it_stands_for(day, at, zone):
    wall = datetime.combine(day, at.replace(microsecond=0, fold=0, tzinfo=None))

    instant = local_instant(day, wall.time(), zone)

    from_wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    assert from_wall >= wall
