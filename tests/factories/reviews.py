"""Bookings in any state for tests about what follows from them, written straight into the database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import BookingStatus, ListingStatus
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing
from airbnb.models.users import User
from airbnb.unit_of_work import in_transaction
from tests.models import rows


@pytest.fixture
def make_stay(app: Flask, make_user: Callable[..., User]) -> Callable[..., Booking]:
    """Make a booking of a published listing, by default completed; its check-out lies ``ended`` back.

    ``guest``, ``host`` and ``listing`` are made unless given; ``title`` names the listing; the rest are columns.
    """

    def make(
        *,
        guest: User | None = None,
        host: User | None = None,
        listing: Listing | None = None,
        title: str = "A room with a view",
        ended: timedelta = timedelta(hours=2),
        **columns: Any,
    ) -> Booking:
        guest = guest or make_user(first_name="Grace")
        host = host or make_user(roles=(Role.HOST,), first_name="Hugo")
        now = clock.now()
        out = now - ended
        defaults: dict[str, Any] = {
            "status": BookingStatus.COMPLETED,
            "pending_on": None,
            "check_in": (out - timedelta(days=3)).date(),
            "check_out": out.date(),
            "check_in_at": out - timedelta(days=3),
            "check_out_at": out,
            "confirmed_at": now - timedelta(days=20),
            "completed_at": now,
        }

        def work(session: Session) -> Booking:
            place = listing or rows.listing(host, title=title, status=ListingStatus.PUBLISHED)
            if listing is None:
                session.add(place)
                session.flush()
            booking = rows.booking(place, guest, **(defaults | columns))
            session.add(booking)
            return booking

        return in_transaction(work)

    return make
