"""The stay that is reviewed."""

from collections.abc import Callable

import pytest

from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing
from tests.factories.clients import APIClient


@pytest.fixture
def stay(
    guest: APIClient,
    host: APIClient,
    make_stay: Callable[..., Booking],
    make_listing: Callable[..., Listing],
) -> Booking:
    """A completed stay of ``guest`` at a listing of ``host``, which ended two hours ago."""
    return make_stay(guest=guest.user, host=host.user, listing=make_listing(host=host.user))
