"""A status changes by compare-and-set, once, and leaves a row of history."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from airbnb.domain.causes import Cause, by_gateway, by_guest, by_host, by_staff, by_system
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import ActorKind
from airbnb.domain.statuses import BookingStatus, ListingStatus, PendingOn, UserStatus
from airbnb.last_rows import write_rows
from airbnb.models.bookings import Booking
from airbnb.models.history import StatusChange
from airbnb.models.listings import Listing
from airbnb.models.users import User
from airbnb.queries.transitions import Step, move, move_booking, record_start
from tests.models import rows

NOW = rows.NOW
UNPAID: Step = (BookingStatus.PENDING, PendingOn.PAYMENT)
ASKED: Step = (BookingStatus.PENDING, PendingOn.HOST)
CONFIRMED: Step = (BookingStatus.CONFIRMED, None)
EXPIRED: Step = (BookingStatus.EXPIRED, None)


@pytest.fixture
def booking(rows_session: Session) -> Booking:
    host, guest = rows.user(), rows.user()
    rows_session.add_all([host, guest])
    rows_session.flush()
    listing = rows.listing(host)
    rows_session.add(listing)
    rows_session.flush()
    row = rows.booking(listing, guest)
    rows_session.add(row)
    rows_session.flush()
    return row


def history(session: Session, row_id: int) -> list[tuple[str | None, str, ActorKind, int | None, str | None]]:
    write_rows(session)
    found = session.scalars(select(StatusChange).where(StatusChange.subject_id == row_id).order_by(StatusChange.id))
    return [(row.old, row.new, row.actor_kind, row.actor_id, row.reason) for row in found]


def test_a_move_sets_status_version_and_history(rows_session: Session, booking: Booking):
    later = NOW + timedelta(minutes=1)
    move_booking(rows_session, booking.id, old=UNPAID, new=CONFIRMED, cause=by_gateway(now=later), confirmed_at=later)
    rows_session.expire_all()

    row = rows_session.get_one(Booking, booking.id)
    assert (row.status, row.pending_on, row.confirmed_at) == (BookingStatus.CONFIRMED, None, later)
    assert (row.version, row.updated_at) == (2, later)
    assert history(rows_session, booking.id) == [("pending", "confirmed", ActorKind.GATEWAY, None, None)]


def test_the_loaded_copy_knows_the_move_and_can_still_be_flushed(rows_session: Session, booking: Booking):
    move_booking(rows_session, booking.id, old=UNPAID, new=ASKED, cause=by_gateway(now=NOW), respond_by=NOW)

    assert (booking.status, booking.pending_on) == ASKED
    assert (booking.version, booking.respond_by, booking.updated_at) == (2, NOW, NOW)
    booking.cancel_reason = "none yet"
    rows_session.flush()
    assert booking.version == 3


def test_what_the_session_held_back_is_written_before_the_move(rows_session: Session, booking: Booking):
    booking.infants = 1
    move_booking(rows_session, booking.id, old=UNPAID, new=EXPIRED, cause=by_system(now=NOW))
    rows_session.expire_all()

    row = rows_session.get_one(Booking, booking.id)
    assert (row.infants, row.status, row.version) == (1, BookingStatus.EXPIRED, 3)


def test_an_expired_copy_is_read_again_with_the_right_version(rows_session: Session, booking: Booking):
    rows_session.expire(booking)
    move_booking(rows_session, booking.id, old=UNPAID, new=EXPIRED, cause=by_system(now=NOW))

    assert (booking.status, booking.version) == (BookingStatus.EXPIRED, 2)


def test_a_stale_copy_cannot_be_flushed_after_a_move(rows_session: Session, booking: Booking):
    rows_session.execute(text("UPDATE bookings SET version = 7 WHERE id = :id"), {"id": booking.id})
    move_booking(rows_session, booking.id, old=UNPAID, new=EXPIRED, cause=by_system(now=NOW))

    booking.cancel_reason = "too late"
    with pytest.raises(StaleDataError):
        rows_session.flush()


def test_a_row_that_moved_meanwhile_is_refused_without_a_trace(rows_session: Session, booking: Booking):
    move_booking(rows_session, booking.id, old=UNPAID, new=EXPIRED, cause=by_system(now=NOW))

    with pytest.raises(InvalidTransition) as refusal:
        move_booking(rows_session, booking.id, old=UNPAID, new=CONFIRMED, cause=by_gateway(now=NOW))

    assert refusal.value.facts == {"from": "expired", "to": "confirmed"}
    assert len(history(rows_session, booking.id)) == 1


def test_pending_on_is_part_of_the_comparison(rows_session: Session, booking: Booking):
    with pytest.raises(InvalidTransition):
        move_booking(
            rows_session,
            booking.id,
            old=ASKED,
            new=(BookingStatus.DECLINED, None),
            cause=by_host(booking.host_id, now=NOW),
        )
    assert history(rows_session, booking.id) == []


def test_any_of_several_steps_may_be_the_old_one(rows_session: Session, booking: Booking):
    cause = by_guest(booking.guest_id, now=NOW, reason="changed my mind")
    move_booking(rows_session, booking.id, old={UNPAID, ASKED}, new=(BookingStatus.CANCELED, None), cause=cause,
                 canceled_at=NOW, canceled_by=ActorKind.GUEST)  # fmt: skip

    assert history(rows_session, booking.id) == [
        ("pending", "canceled", ActorKind.GUEST, booking.guest_id, "changed my mind")
    ]


def test_a_forbidden_move_never_reaches_the_database(rows_session: Session, booking: Booking):
    statements: list[str] = []
    bind = rows_session.get_bind()
    event.listen(bind, "before_cursor_execute", lambda *call: statements.append(call[2]))

    with pytest.raises(InvalidTransition):
        move_booking(rows_session, booking.id, old=CONFIRMED, new=EXPIRED, cause=by_system(now=NOW))
    assert statements == []


def test_a_plain_move_costs_two_statements(rows_session: Session, booking: Booking):
    statements: list[str] = []
    bind = rows_session.get_bind()
    event.listen(bind, "before_cursor_execute", lambda *call: statements.append(call[2]))

    move_booking(rows_session, booking.id, old=UNPAID, new=EXPIRED, cause=by_system(now=NOW))
    write_rows(rows_session)
    assert [statement.split()[0] for statement in statements] == ["UPDATE", "INSERT"]


def test_other_rows_move_by_their_own_table(rows_session: Session):
    staff = rows.user()
    host = rows.user()
    rows_session.add_all([staff, host])
    rows_session.flush()
    listing = rows.listing(host)
    rows_session.add(listing)
    rows_session.flush()
    cause = by_staff(staff.id, now=NOW, reason="fraud")

    move(rows_session, User, host.id, old=UserStatus.ACTIVE, new=UserStatus.SUSPENDED, cause=cause,
         suspended_reason="fraud")  # fmt: skip
    move(rows_session, Listing, listing.id, old={ListingStatus.DRAFT, ListingStatus.PUBLISHED},
         new=ListingStatus.SUSPENDED, cause=cause)  # fmt: skip

    assert (host.status, host.suspended_reason) == (UserStatus.SUSPENDED, "fraud")
    assert history(rows_session, listing.id) == [("draft", "suspended", ActorKind.STAFF, staff.id, "fraud")]
    with pytest.raises(InvalidTransition):
        move(rows_session, Listing, listing.id, old={ListingStatus.DRAFT, ListingStatus.PAUSED},
             new=ListingStatus.PUBLISHED, cause=cause)  # fmt: skip


def test_a_missing_row_cannot_move(rows_session: Session):
    with pytest.raises(InvalidTransition) as refusal:
        move(
            rows_session,
            User,
            new_id(),
            old=UserStatus.ACTIVE,
            new=UserStatus.CLOSED,
            cause=Cause(ActorKind.SYSTEM, NOW),
        )
    assert refusal.value.facts == {"from": None, "to": "closed"}


def test_a_new_row_begins_its_history_without_an_old_status(rows_session: Session, booking: Booking):
    record_start(rows_session, booking, cause=by_guest(booking.guest_id, now=NOW))

    assert history(rows_session, booking.id) == [(None, "pending", ActorKind.GUEST, booking.guest_id, None)]


def test_of_two_racing_moves_one_wins(migrated_app: Flask, schema: Engine):
    with Session(schema) as session:
        person = rows.user()
        session.add(person)
        session.commit()
        person_id = person.id
    with Session(schema) as first, Session(schema) as second:
        assert second.get_one(User, person_id).status is UserStatus.ACTIVE
        move(first, User, person_id, old=UserStatus.ACTIVE, new=UserStatus.SUSPENDED, cause=by_system(now=NOW))
        first.commit()
        with pytest.raises(InvalidTransition):
            move(second, User, person_id, old=UserStatus.ACTIVE, new=UserStatus.CLOSED, cause=by_system(now=NOW))
