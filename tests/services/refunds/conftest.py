"""The stay that is given back of, the people who give, and the audits that follow every test."""

from datetime import UTC, datetime
from functools import partial

import pytest

from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.domain.kinds import Role
from airbnb.domain.staff_refunds import RefundBearer
from airbnb.queries import documents
from airbnb.queries.ledger import find_faults
from airbnb.services import refunds
from airbnb.services.refunds import RefundWish
from airbnb.unit_of_work import reading
from airbnb.workflows import approvals

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze, set_rates, own_sandbox):
    freeze(NOW)
    set_rates("2027-03-19", USD="1.0833", JPY="163.4561")


@pytest.fixture(autouse=True)
def _audit(app):
    """Whatever a test does, the book and the documents must explain it in the end."""
    yield
    with reading() as session:
        assert find_faults(session) == []
        assert documents.find_faults(session) == []


@pytest.fixture
def finance(make_user):
    return make_user(roles=(Role.FINANCE,))


@pytest.fixture
def stay(guest, host, make_listing):
    """Book the stay of the pages' examples: 501.60 paid, 426.80 for the host."""
    listing = make_listing(host=host.user, cleaning_fee_minor=4_000)

    def book(**overrides):
        body = {
            "listing_id": str(listing.id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "sandbox",
            "payment_token": "tok_ok",
            **overrides,
        }
        answer = guest.post("/bookings", json=body, key="book")
        assert answer.status_code == 201, answer.json
        return int(answer.json["id"])

    return book


@pytest.fixture
def give(finance):
    """Give something back as finance staff would."""
    keys = iter(range(100))

    def propose(booking_id, lines, bearer=RefundBearer.EACH):
        make = partial(refunds.refund_proposal, booking_id=booking_id, wish=RefundWish(lines=lines, bearer=bearer))
        cause = by_staff(finance.id, now=clock.now(), reason="The heating was broken")
        return approvals.propose(make, request_key=f"refund-{next(keys)}", cause=cause)

    return propose


@pytest.fixture
def agree(make_user):
    """Let a second person approve what waits."""
    second = make_user(roles=(Role.FINANCE,))
    return lambda waiting: approvals.approve(waiting.id, by_staff(second.id, now=clock.now(), reason="Yes"))
