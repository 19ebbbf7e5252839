"""What tests of changed bookings ask for, and how they look at it."""

from datetime import UTC, datetime

from airbnb.models.calendar import BookedNight
from airbnb.unit_of_work import reading

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)  # 15:00 in Lisbon
LONGER = {"check_in": "2027-04-05", "check_out": "2027-04-10", "guests": {"adults": 2}}
SHORTER = {"check_in": "2027-04-05", "check_out": "2027-04-08", "guests": {"adults": 2}}
MOVED = {"check_in": "2027-04-07", "check_out": "2027-04-11", "guests": {"adults": 2}}
CARD = {"payment_method": "sandbox", "payment_token": "tok_ok"}


def ask(client, booking, wish=LONGER, key=None, **extra):
    return client.post(f"/bookings/{booking['id']}/changes", json={**wish, **extra}, key=key)


def answer(client, change, verb, key="answer"):
    return client.post(f"/bookings/{change['booking_id']}/changes/{change['id']}/{verb}", key=key)


def shown(client, booking):
    return client.get(f"/bookings/{booking['id']}").json


def nights():
    with reading() as session:
        rows = session.query(BookedNight).order_by(BookedNight.night).all()
    return [(row.night.day, row.kind.value[0]) for row in rows]


def the_same(before, after):
    """Say whether the agreed stay, its price and its promises are untouched."""
    names = ("status", "check_in", "check_out", "guests", "lines", "total", "cancellation", "check_out_at")
    return all(before[name] == after[name] for name in names)
