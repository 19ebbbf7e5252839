"""Rows that are written at once, and rows that wait for the commit: the same as the session would have written."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Provider
from airbnb.domain.statuses import PaymentStatus
from airbnb.models.messages import Conversation
from airbnb.models.payments import Payment
from airbnb.queries.rows import add_now
from airbnb.unit_of_work import in_transaction, reading

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def stay(guest, host, make_listing, make_booking):
    return make_booking(listing=make_listing(host=host.user, instant_book=True), guest=guest.user)


def a_payment(stay, attempt):
    return Payment(
        id=new_id(),
        booking_id=stay.id,
        payer_id=stay.guest_id,
        attempt=attempt,
        provider=Provider.SANDBOX,
        status=PaymentStatus.REQUIRES_PAYMENT_METHOD,
        currency="EUR",
        amount_minor=100,
    )


def columns_of(row):
    return {one.key: getattr(row, one.key) for one in inspect(type(row)).column_attrs}


def test_a_row_is_what_the_session_would_have_written(app, stay):
    ours, theirs = a_payment(stay, 11), a_payment(stay, 12)

    in_transaction(lambda session: add_now(session, ours))
    in_transaction(lambda session: session.add(theirs))

    with reading() as session:
        first, second = (columns_of(session.get_one(Payment, row.id)) for row in (ours, theirs))
    differing = {name for name in first if first[name] != second[name]}
    assert differing == {"id", "attempt"}
    assert first["created_at"] == NOW
    assert columns_of(ours) == first, "the object at hand is as complete as the one that is read"


def test_the_session_knows_the_row_and_writes_what_changes(app, stay):
    row = a_payment(stay, 11)

    def work(session):
        add_now(session, row)
        assert session.get(Payment, row.id) is row
        assert row not in session.dirty
        row.failure_code = "declined"

    in_transaction(work)

    with reading() as session:
        found = session.get_one(Payment, row.id)
    assert (found.failure_code, found.version) == ("declined", 2)


def test_several_rows_take_one_statement(app, stay, count_statements):
    rows = [a_payment(stay, attempt) for attempt in (11, 12, 13)]
    count_statements.clear()

    in_transaction(lambda session: add_now(session, *rows))

    assert [sent.split(" (")[0] for sent in count_statements if not sent.startswith("BEGIN")] == [
        "INSERT INTO payments"
    ]


def test_a_row_that_is_refused_stays_new(app, guest, host, make_listing):
    listing = make_listing(host=host.user)

    def one():
        return Conversation(id=new_id(), listing_id=listing.id, guest_id=guest.user.id)

    in_transaction(lambda session: add_now(session, one()))
    second = one()

    with pytest.raises(IntegrityError):
        in_transaction(lambda session: add_now(session, second))

    assert inspect(second).transient
    with reading() as session:
        assert len(session.scalars(select(Conversation)).all()) == 1
