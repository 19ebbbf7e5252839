"""Flows that each request of is allowed, used against the business: capped by rules and limits. Case 60."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight
from airbnb.models.listings import Listing
from airbnb.models.messages import Message
from airbnb.models.reviews import Review
from airbnb.unit_of_work import reading
from tests.api.test_errors import assert_problem
from tests.factories.clients import APIClient

NIGHTS = 4
#: In a minute, of one who is not signed in: searches, maps and prices together.
MOST_SEARCHES = 600
REVIEW = {"rating": 5, "comment": "Never been there.", "categories": {"cleanliness": 5}}


def order(listing: Listing, *, days_ahead: int, **overrides: Any) -> dict[str, Any]:
    check_in = clock.now().date() + timedelta(days=days_ahead)
    return {
        "listing_id": str(listing.id),
        "check_in": check_in.isoformat(),
        "check_out": (check_in + timedelta(days=NIGHTS)).isoformat(),
        "guests": {"adults": 1},
        "payment_method": "sandbox",
        "payment_token": "tok_ok",
        **overrides,
    }


def test_case_60_stays_are_not_held_by_the_dozen_without_paying(
    guest: APIClient, host: APIClient, make_listing: Callable[..., Listing]
):
    listings = [make_listing(host=host.user) for _ in range(4)]
    wishes = [
        order(listings[number % 4], days_ahead=30 + number // 4 * NIGHTS, payment_token="tok_declined")
        for number in range(20)
    ]

    answers = [guest.post("/bookings", json=wish, key=f"hold-{number}") for number, wish in enumerate(wishes)]

    assert [answer.status_code for answer in answers] == [201] * 3 + [409] * 17
    assert {answer.json["code"] for answer in answers[3:]} == {"too_many_holds"}
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(BookedNight)) == 3 * NIGHTS


def test_case_60_hosts_do_not_book_their_own_places(
    host: APIClient, make_listing: Callable[..., Listing], count_rows: Callable[..., int]
):
    listing = make_listing(host=host.user)

    answer = host.post("/bookings", json=order(listing, days_ahead=30), key="mine")

    assert_problem(answer, 422, "own_listing")
    assert count_rows(Booking) == 0


@pytest.mark.parametrize("who, status", [("stranger", 404), ("guest", 409), ("host", 409)])
def test_case_60_only_a_stay_that_ended_is_reviewed(
    guest: APIClient,
    host: APIClient,
    make_client: Callable[..., APIClient],
    make_listing: Callable[..., Listing],
    count_rows: Callable[..., int],
    who: str,
    status: int,
):
    wish = order(make_listing(host=host.user), days_ahead=30)
    booking = guest.post("/bookings", json=wish, key="stay").json
    caller = {"stranger": make_client(Role.HOST), "guest": guest, "host": host}[who]

    answer = caller.post(f"/bookings/{booking['id']}/review", json=REVIEW)

    assert answer.status_code == status, answer.json
    assert count_rows(Review) == 0


def test_case_60_messages_do_not_flood(
    guest: APIClient,
    host: APIClient,
    make_listing: Callable[..., Listing],
    count_rows: Callable[..., int],
    rate_limits: None,
):
    listing = make_listing(host=host.user)
    talk = guest.post(f"/listings/{listing.id}/conversations", json={"message": "Is it quiet?"}).json["id"]

    answers = [guest.post(f"/conversations/{talk}/messages", json={"text": f"Hello {n}"}) for n in range(40)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 11  # the question was the first of thirty
    assert_problem(refused[0], 429, "rate_limited")
    assert int(refused[0].headers["Retry-After"]) > 0
    assert count_rows(Message) == 30


@pytest.mark.slow
def test_case_60_prices_are_not_scraped_by_the_second(
    client: Any, host: APIClient, make_listing: Callable[..., Listing], rate_limits: None
):
    listing = make_listing(host=host.user)
    paths = [
        "/api/v1/listings?limit=1",
        "/api/v1/listings/map?bbox=-10,38,-9,39",
        f"/api/v1/listings/{listing.id}/quote?check_in=2099-01-01&check_out=2099-01-02&guests=1",
    ]

    answered = 0
    for number in range(MOST_SEARCHES + 20):
        answer = client.get(paths[number % 3])
        if answer.status_code == 429:
            break
        answered += 1

    assert answered == MOST_SEARCHES
    assert_problem(answer, 429, "rate_limited")
