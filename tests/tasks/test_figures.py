"""Figures by day: what they count, that they may be counted twice, and that an audit sees one that is wrong."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from airbnb.domain.figures import NO_CURRENCY, Figure, Unit, beginning_of, end_of, months_of
from airbnb.models.figures import DailyFigure
from airbnb.queries.bookings import Viewer
from airbnb.queries.figures import list_figures
from airbnb.tasks.figures import roll_up
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import figures
from airbnb.workflows.booking_answers import cancel_booking

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)
    figures._counts.clear()  # what other tests have asked for


def kept(day: date) -> dict[tuple[Figure, str], int]:
    with reading() as session:
        return {(row.figure, row.currency): row.value for row in list_figures(session, day, day)}


@pytest.mark.parametrize(
    "unit, beginning, end",
    [
        (Unit.DAY, date(2027, 3, 3), date(2027, 3, 4)),
        (Unit.WEEK, date(2027, 3, 1), date(2027, 3, 8)),
        (Unit.MONTH, date(2027, 3, 1), date(2027, 4, 1)),
    ],
)
def test_units_begin_and_end_on_their_days(unit: Unit, beginning: date, end: date):
    assert beginning_of(date(2027, 3, 3), unit) == beginning
    assert end_of(beginning, unit) == end


def test_a_span_is_cut_at_months_without_a_gap():
    pieces = months_of(date(2026, 12, 30), date(2027, 2, 2))

    assert pieces == [
        (date(2026, 12, 30), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 31)),
        (date(2027, 2, 1), date(2027, 2, 2)),
    ]


@pytest.fixture
def two_stays(make_listing, make_booking, host, guest):
    """Two stays confirmed today, the second canceled at once; both from the first of March."""
    listing = make_listing(host=host.user, published_at=NOW - timedelta(days=40))
    other = make_listing(host=host.user, published_at=NOW - timedelta(days=40))
    options = {"guest": guest.user, "check_in": TODAY + timedelta(days=1), "booked_days_before": 0, "nights": 2}
    stays = make_booking(listing=listing, **options), make_booking(listing=other, **options)
    cancel_booking(str(stays[1].id), Viewer(user_id=guest.user.id), reason=None)
    return stays


def test_a_day_counts_what_happened_on_it(two_stays):
    roll_up()

    found = kept(TODAY)
    assert found[Figure.BOOKINGS, NO_CURRENCY] == 2
    assert found[Figure.GROSS, "EUR"] == sum(stay.total_minor for stay in two_stays)
    assert found[Figure.CANCELLATIONS, NO_CURRENCY] == 1
    assert found[Figure.PLACES, NO_CURRENCY] == 2
    assert found[Figure.LISTINGS, NO_CURRENCY] == 2
    assert found[Figure.USERS, NO_CURRENCY] >= 2
    assert Figure.NIGHTS not in {figure for figure, _ in found}


def test_the_nights_of_stays_that_stand_are_counted_on_their_days(two_stays, freeze):
    freeze(NOW + timedelta(days=5))
    figures.roll_up_recent()

    nights = [kept(TODAY + timedelta(days=day)).get((Figure.NIGHTS, NO_CURRENCY), 0) for day in range(5)]

    assert nights == [0, 1, 1, 0, 0]


def test_what_is_earned_is_counted_on_the_day_on_which_the_book_has_it(make_listing, make_booking, host, guest):
    listing = make_listing(host=host.user)
    began = TODAY - timedelta(days=5)
    stay = make_booking(listing=listing, guest=guest.user, check_in=began, nights=2, completed=True)
    figures.roll_up_recent()

    fees = stay.guest_service_fee_minor + stay.host_service_fee_minor
    earned = [kept(TODAY - timedelta(days=day)).get((Figure.REVENUE, "EUR"), 0) for day in range(7)]
    assert sum(earned) == fees > 0


def test_counting_twice_changes_nothing_and_a_rebuild_equals_a_recount(two_stays):
    first = figures.roll_up_recent()
    again = figures.roll_up_recent()

    assert (first > 0, again) == (True, 0)
    assert figures.differences(figures.beginning(), TODAY) == []


def test_a_wrong_figure_is_seen_by_the_audit_and_mended_by_a_rebuild(two_stays, app):
    figures.roll_up_recent()
    runner = app.test_cli_runner()
    in_transaction(
        lambda session: (
            session.execute(update(DailyFigure).where(DailyFigure.figure == Figure.BOOKINGS).values(value=7)) and None
        )
    )

    seen = runner.invoke(args=["figures", "audit"])
    mended = runner.invoke(args=["figures", "rebuild"])
    after = runner.invoke(args=["figures", "audit"])

    assert (seen.exit_code, mended.exit_code, after.exit_code) == (1, 0, 0)
    assert f"{TODAY} bookings XXX: 7 is kept, 2 counted" in seen.output
    assert "1 figures changed" in mended.output


def test_searches_and_quotes_are_added_up_as_they_happen_and_outlive_a_rebuild(client, make_listing, host):
    listing = make_listing(host=host.user)
    for _ in range(3):
        client.get("/api/v1/listings")
    client.get(f"/api/v1/listings/{listing.id}/quote?check_in=2027-04-05&check_out=2027-04-09")

    figures.flush()
    client.get("/api/v1/listings")
    figures.flush()
    figures.rebuild(TODAY, TODAY)

    found = kept(TODAY)
    assert (found[Figure.SEARCHES, NO_CURRENCY], found[Figure.QUOTES, NO_CURRENCY]) == (4, 1)
