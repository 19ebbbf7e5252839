"""A stay that is paid at PayPal's stand-in, step by step; the book must explain whatever a test did."""

import pytest

from airbnb.queries.ledger import find_faults
from airbnb.unit_of_work import reading
from tests.factories.paypal import NOW

BACK = "http://frontend.test/booked"


@pytest.fixture(autouse=True)
def world(freeze, own_sandbox, own_paypal, paypal_world):
    freeze(NOW)
    paypal_world.stop_clock(NOW)
    return paypal_world


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


@pytest.fixture
def book(world, guest, host, make_listing):
    def ask(**overrides):
        body = {
            "listing_id": str(make_listing(host=host.user).id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "paypal",
            "return_url": BACK,
            "cancel_url": f"{BACK}?canceled=1",
        }
        answer = guest.post("/bookings", json={**body, **overrides}, key="book")
        assert answer.status_code == 201, answer.json
        return answer.json

    return ask


@pytest.fixture
def approved(book, world):
    """A booking whose guest has approved on PayPal's page and not come back yet."""
    booked = book()
    world.answer_approval(booked["payment"]["approval_url"])
    return booked


@pytest.fixture
def sync(guest):
    return lambda booked: guest.post(f"/payments/{booked['payment']['id']}/sync", json={})


@pytest.fixture
def paid(approved, sync):
    """A confirmed stay, paid at PayPal."""
    assert sync(approved).json["status"] == "captured"
    return approved
