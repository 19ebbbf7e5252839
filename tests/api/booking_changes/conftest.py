"""The stay that is to be changed, and the audits after every test."""

import pytest

from airbnb.queries.ledger import find_faults
from airbnb.queries.night_audit import find_night_faults
from airbnb.unit_of_work import reading
from tests.api.changing import CARD, NOW


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []
        assert find_night_faults(session) == []


@pytest.fixture
def place(make_listing, host):
    def make(**columns):
        return make_listing(host=host.user, **{"cleaning_fee_minor": 4_000, **columns})

    return make


@pytest.fixture
def stay(guest, place):
    """Book 4 nights of 100.00 and 40.00 cleaning from 5 April: 501.60, of which the host gets 426.80."""

    def book(listing=None, client=guest, key="book", **overrides):
        body = {
            "listing_id": str((listing or place()).id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 2},
            **CARD,
            **overrides,
        }
        answer = client.post("/bookings", json=body, key=key)
        assert answer.status_code == 201, answer.json
        return answer.json

    return book
