"""Bookings for tests, made by the real workflows at an instant of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from airbnb.domain import clock
from airbnb.domain.kinds import Provider
from airbnb.domain.orders import Order, PaymentChoice, Wish
from airbnb.domain.pricing import Party
from airbnb.domain.stays import Stay, local_date
from airbnb.extensions import current_settings
from airbnb.integrations.payments import SandboxGateway
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing
from airbnb.models.users import User
from airbnb.queries.bookings import find_booking
from airbnb.services import booking_life
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.booking import book_stay
from airbnb.workflows.outside import EXTENSION, Outside


@contextmanager
def clock_at(instant: datetime) -> Iterator[None]:
    """Let the product see an instant for a while, then what it saw before."""
    before = clock._source
    clock.set_source(clock.fixed(instant))
    try:
        yield
    finally:
        clock.set_source(before)


def order_for(listing: Listing, guest: User, stay: Stay, **overrides: Any) -> Order:
    """Return an order that pays with a working test card."""
    token = overrides.pop("token", "tok_ok")
    party = overrides.pop("party", Party(adults=2))
    return Order(
        guest_id=guest.id,
        listing_id=listing.id,
        wish=Wish(stay=stay, party=party),
        payment=PaymentChoice(provider=Provider.SANDBOX, token=token),
        **overrides,
    )


@pytest.fixture
def make_booking(app: Flask) -> Callable[..., Booking]:
    """Book a stay as a guest would and return the booking, confirmed for an instant-book listing.

    ``check_in`` is 30 days from today unless given; ``booked_days_before`` says when it was booked; ``completed``
    lets the stay end. A stay in the past is booked in the past.
    """

    def make(
        *,
        listing: Listing,
        guest: User,
        check_in: date | None = None,
        nights: int = 3,
        booked_days_before: int = 30,
        completed: bool = False,
        **overrides: Any,
    ) -> Booking:
        first = check_in or local_date(clock.now(), listing.time_zone) + timedelta(days=30)
        stay = Stay(first, first + timedelta(days=nights))
        booked_at = datetime.combine(first, datetime.min.time(), clock.now().tzinfo) - timedelta(
            days=booked_days_before
        )
        with clock_at(min(booked_at, clock.now())):
            booking_id = book_stay(order_for(listing, guest, stay, **overrides))
        if completed:
            booking = read_booking(booking_id)
            in_transaction(partial(booking_life.complete, booking_id=booking_id, now=booking.check_out_at))
        return read_booking(booking_id)

    return make


@pytest.fixture
def own_sandbox(app: Flask, tmp_path: Path) -> Iterator[SandboxGateway]:
    """Give the test a sandbox provider of its own, whose queue of webhooks holds nothing of other tests."""
    outside: Outside = app.extensions[EXTENSION]
    settings = current_settings()
    gateway = SandboxGateway(
        tmp_path / "sandbox.sqlite3",
        webhook_secrets=(settings.sandbox_webhook_secret,),
        approval_base_url=f"{settings.public_url}/sandbox/approve",
    )
    app.extensions[EXTENSION] = replace(outside, gateways={gateway.name: gateway})
    yield gateway
    gateway.close()


def read_booking(booking_id: int) -> Booking:
    """Return a booking as it stands now."""
    with reading() as session:
        booking = find_booking(session, booking_id)
    assert booking is not None
    return booking
