"""Responses to reviews: one, from the side that was reviewed, in time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.models.bookings import Booking
from tests.factories.clients import APIClient
from tests.factories.reviewing import BY_HOST, both_write, write


def test_the_reviewed_side_responds_once(guest: APIClient, host: APIClient, stay: Booking, client: Any):
    review_id, _ = both_write(guest, host, stay)
    path = f"/reviews/{review_id}/response"

    answer = host.post(path, json={"text": "Thank you!"})
    again = host.post(path, json={"text": "And come back."})

    assert answer.status_code == 200
    assert answer.json["response"]["text"] == "Thank you!"
    assert (again.status_code, again.json["code"]) == (409, "already_responded")
    shown = client.get(f"/api/v1/listings/{stay.listing_id}/reviews").json["data"][0]
    assert shown["response"]["text"] == "Thank you!"


def test_only_the_reviewed_side_responds_and_only_to_what_is_published(
    guest: APIClient, host: APIClient, stay: Booking, make_client: Callable[..., APIClient]
):
    review_id = write(guest, stay).json["id"]
    path, body = f"/reviews/{review_id}/response", {"text": "Well."}

    assert host.post(path, json=body).status_code == 404
    write(host, stay, BY_HOST)
    assert guest.post(path, json=body).status_code == 403
    assert make_client(Role.HOST).post(path, json=body).status_code == 403


def test_a_response_is_in_time_for_thirty_days(
    guest: APIClient, host: APIClient, stay: Booking, freeze: Callable[[datetime], None]
):
    review_id, guest_review_id = both_write(guest, host, stay)
    freeze(clock.now() + timedelta(days=29))
    device = APIClient(host._client.application, host.user)
    assert device.post(f"/reviews/{review_id}/response", json={"text": "Thanks"}).status_code == 200

    freeze(clock.now() + timedelta(days=2))
    device = APIClient(guest._client.application, guest.user)
    late = device.post(f"/reviews/{guest_review_id}/response", json={"text": "Thanks"})
    assert (late.status_code, late.json["code"]) == (409, "invalid_transition")
