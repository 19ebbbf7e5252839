"""The one clock."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from airbnb.domain import clock


@pytest.fixture(autouse=True)
def _restore():
    yield
    clock.set_source(None)


def test_now_is_aware_and_in_utc():
    assert clock.now().tzinfo is UTC


def test_a_fixed_clock_stands_until_it_is_restored():
    instant = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
    clock.set_source(clock.fixed(instant))

    assert clock.now() == clock.now() == instant
    clock.set_source(None)
    assert clock.now() > instant - timedelta(days=1)


def test_an_instant_of_another_zone_is_kept_in_utc():
    clock.set_source(clock.fixed(datetime(2026, 5, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))))

    assert clock.now() == datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_a_clock_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        clock.fixed(datetime(2026, 5, 1, 12, 0))  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    "zone, day",
    [
        ("UTC", date(2026, 5, 1)),
        ("Pacific/Auckland", date(2026, 5, 2)),
        ("America/Los_Angeles", date(2026, 5, 1)),
        ("Pacific/Kiritimati", date(2026, 5, 2)),
    ],
)
def test_the_day_depends_on_the_zone(zone, day):
    clock.set_source(clock.fixed(datetime(2026, 5, 1, 14, 0, tzinfo=UTC)))

    assert clock.today_in(zone) == day
