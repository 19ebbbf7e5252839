"""The calendar's audit: silent while all is well, and every kind of planted fault is found and told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from airbnb.domain.ids import new_id
from airbnb.domain.search_masks import slot_column, slot_of
from airbnb.domain.statuses import BookingStatus, NightKind
from airbnb.models.audit_runs import AuditRun
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight
from airbnb.models.calendar_feeds import CalendarFeed, CalendarFeedEvent
from airbnb.models.search import SearchDocument
from airbnb.queries import night_audit
from airbnb.queries.audit_runs import SAMPLE
from airbnb.services.calendar_audit import find_calendar_faults
from airbnb.services.search_projection import mark_nights
from airbnb.tasks import bookings, payments
from airbnb.unit_of_work import in_transaction, reading

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_IN = date(2027, 4, 5)
CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)  # 15:00 in Lisbon


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def listing(make_listing, host):
    return make_listing(host=host.user, preparation_days=1)


@pytest.fixture
def booking(listing, guest, make_booking):
    return make_booking(listing=listing, guest=guest.user, check_in=CHECK_IN, nights=3)


@pytest.fixture
def feed(listing):
    """A feed that says two coming nights are taken, which they are."""
    feed_id = new_id()
    nights = [date(2027, 5, 1), date(2027, 5, 2)]

    def work(session):
        session.add(CalendarFeed(id=feed_id, listing_id=listing.id, name="Other", url_hash="0" * 64, next_sync_at=NOW))
        session.flush()
        span = {"starts_on": nights[0], "ends_on": nights[1] + timedelta(days=1)}
        session.add(CalendarFeedEvent(feed_id=feed_id, event_key="1" * 64, uid="one", **span))
        take(session, listing.id, nights, kind=NightKind.FEED, feed_id=feed_id)

    in_transaction(work)
    return feed_id


def take(session, listing_id, nights, **columns):
    """Take nights as the product does: with search told."""
    session.execute(insert(BookedNight), [{"listing_id": listing_id, "night": night, **columns} for night in nights])
    mark_nights(session, listing_id, nights, True)


def plant(statement):
    in_transaction(lambda session: session.execute(statement))


def faults():
    with reading() as session:
        return find_calendar_faults(session, now=NOW)


def test_nothing_is_found_where_all_is_well(listing, booking, feed, guest, make_booking):
    block = [date(2027, 6, 1)]
    in_transaction(lambda session: take(session, listing.id, block, kind=NightKind.BLOCK))
    other = make_booking(listing=listing, guest=guest.user, check_in=CHECK_IN + timedelta(days=10))
    guest.post(f"/bookings/{other.id}/cancel", json={}, key="cancel")

    assert faults() == []


@pytest.mark.parametrize(
    "nights, text",
    [
        (BookedNight.night == CHECK_IN, "is confirmed with 2 of 3 nights"),
        (BookedNight.kind == NightKind.BOOKING, "is confirmed with 0 of 3 nights"),
    ],
)
def test_a_stay_without_its_nights_is_found(booking, nights, text):
    plant(delete(BookedNight).where(nights))

    assert f"{booking.code} {text}" in faults()


def test_nights_outside_the_stay_and_stray_preparation_are_found(booking):
    plant(update(Booking).values(check_in=CHECK_IN + timedelta(days=1), check_out=CHECK_IN + timedelta(days=5)))

    assert faults() == [
        f"{booking.code} is confirmed with 2 of 4 nights",
        f"{booking.code} holds 1 nights outside its stay",
        f"{booking.code} keeps nights for preparation that do not follow its stay",
    ]


def test_a_booking_that_ended_and_kept_its_nights_is_found(booking):
    plant(update(Booking).values({"status": BookingStatus.EXPIRED}))

    assert faults() == [
        f"{booking.code} is expired and still holds 3 nights",
        f"{booking.code} is expired and still keeps 1 nights for preparation",
    ]


@pytest.mark.parametrize("nights", [1, 3])
def test_nights_begun_before_a_guest_left_stay_taken_and_are_no_fault(listing, guest, make_booking, freeze, nights):
    booking = make_booking(listing=listing, guest=guest.user, check_in=CHECK_IN, nights=nights)
    freeze(CHECK_IN_AT + timedelta(hours=1))
    assert guest.post(f"/bookings/{booking.id}/cancel", json={}, key="cancel").status_code == 200

    assert faults() == []


@pytest.mark.parametrize(
    "canceled_at, held, text",
    [
        (CHECK_IN_AT, 1, "is canceled and still holds 1 nights"),
        (CHECK_IN_AT + timedelta(hours=1), 2, "is canceled and still holds 2 nights"),
        (CHECK_IN_AT + timedelta(days=1), 2, "is canceled and still holds 2 nights"),
    ],
)
def test_a_canceled_booking_with_more_nights_than_had_begun_is_found(booking, guest, freeze, canceled_at, held, text):
    freeze(CHECK_IN_AT - timedelta(days=10))
    guest.post(f"/bookings/{booking.id}/cancel", json={}, key="cancel")
    nights = [CHECK_IN + timedelta(days=index) for index in range(held)]
    plant(update(Booking).values(canceled_at=canceled_at))
    columns = {"kind": NightKind.BOOKING, "booking_id": booking.id}
    in_transaction(lambda session: take(session, booking.listing_id, nights, **columns))

    assert faults() == [f"{booking.code} {text}"]


def test_two_stays_on_the_same_dates_are_found(listing, booking, guest, make_booking):
    late = make_booking(listing=listing, guest=guest.user, check_in=CHECK_IN + timedelta(days=10))
    span = {"check_in": CHECK_IN + timedelta(days=2), "check_out": CHECK_IN + timedelta(days=5)}
    plant(update(Booking).where(Booking.id == late.id).values(**span))

    assert f"{late.code} overlaps {booking.code}" in faults()


def test_an_orphan_hold_and_a_forgotten_request_are_found(listing, guest, make_booking, make_listing, host):
    held = make_booking(listing=listing, guest=guest.user, token="tok_declined", booked_days_before=0)
    asked = make_booking(
        listing=make_listing(host=host.user, instant_book=False), guest=guest.user, booked_days_before=0
    )
    assert faults() == []
    past = NOW - timedelta(minutes=16)
    plant(update(Booking).where(Booking.id == held.id).values(hold_expires_at=past))
    plant(update(Booking).where(Booking.id == asked.id).values(respond_by=past))

    assert faults() == [
        f"{held.code} is held although its time is over",
        f"{asked.code} waits for its host although its time is over",
    ]


def test_nights_that_no_feed_asks_for_are_found(listing, feed):
    plant(delete(CalendarFeedEvent))

    assert [fault for fault in faults() if "for no event of a feed" in fault] == [
        f"2027-05-01 of listing {listing.id} is taken for no event of a feed",
        f"2027-05-02 of listing {listing.id} is taken for no event of a feed",
    ]


def test_a_night_that_a_feed_asks_for_and_that_is_free_is_found(listing, feed):
    plant(delete(BookedNight).where(BookedNight.night == date(2027, 5, 2)))

    assert f"2027-05-02 of listing {listing.id} is free although a feed says that it is taken" in faults()


def test_search_that_shows_other_nights_is_found(listing, booking):
    plant(update(SearchDocument).values({slot_column(slot_of(CHECK_IN)): 0}))

    assert faults() == [f"search shows other nights of listing {listing.id} than are taken"]


def test_both_audits_keep_what_they_found_once_a_day(booking, count_rows):
    assert (bookings.audit_calendar(), payments.audit_ledger()) == (0, 0)
    plant(delete(BookedNight))
    assert bookings.audit_calendar() == 0

    with reading() as session:
        kept = sorted((run.name, run.faults) for run in session.scalars(select(AuditRun)))
    assert kept == [("calendar", 0), ("ledger", 0)]


def test_the_nightly_run_keeps_the_first_faults(app, booking):
    plant(delete(BookedNight))

    assert bookings.audit_calendar() > 0

    with reading() as session:
        run = session.scalars(select(AuditRun)).one()
    assert run.faults == len(faults())
    assert run.sample == faults()[:SAMPLE]


def test_what_a_second_look_does_not_show_is_no_fault(booking, monkeypatch):
    """Somebody gives a night back between the looks: what was seen once is no reason for an alarm."""
    plant(delete(BookedNight).where(BookedNight.night == CHECK_IN))
    look = night_audit.find_night_faults

    def look_and_repair(session):
        seen = look(session)
        columns = {"kind": NightKind.BOOKING, "booking_id": booking.id}
        in_transaction(lambda writer: take(writer, booking.listing_id, [CHECK_IN], **columns))
        monkeypatch.setattr(night_audit, "find_night_faults", look)
        return seen

    monkeypatch.setattr(night_audit, "find_night_faults", look_and_repair)

    assert faults() == []
