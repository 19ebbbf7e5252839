"""Writing reviews of a stay over HTTP, from both sides."""

from typing import Any

from airbnb.models.bookings import Booking
from airbnb.models.listings import ListingFigures
from airbnb.models.users import UserFigures
from airbnb.unit_of_work import reading
from tests.factories.clients import APIClient

STARS = {"cleanliness": 5, "accuracy": 4, "check_in": 5, "communication": 5, "location": 3, "value": 4}
BY_GUEST = {"rating": 5, "categories": STARS, "comment": "Lovely.", "private_note": "The tap drips."}
BY_HOST = {"rating": 4, "comment": "A quiet guest."}


def write(client: APIClient, stay: Booking, body: dict[str, Any] = BY_GUEST, **options: Any) -> Any:
    return client.post(f"/bookings/{stay.id}/review", json=body, **options)


def both_write(guest: APIClient, host: APIClient, stay: Booking) -> tuple[str, str]:
    return write(guest, stay).json["id"], write(host, stay, BY_HOST).json["id"]


def figures_of(model: type[ListingFigures] | type[UserFigures], owner_id: int) -> Any:
    with reading() as session:
        return session.get(model, owner_id)
