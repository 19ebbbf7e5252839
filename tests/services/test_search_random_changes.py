"""The projection after random changes through the API: the audit finds nothing.

``SEARCH_CHANGES`` sets how many changes are made; the suite makes few.
"""

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from airbnb.domain.kinds import Role
from airbnb.domain.search_masks import AMENITY_SLUGS
from airbnb.models.listings import Listing
from airbnb.services.search_upkeep import find_search_faults
from airbnb.unit_of_work import reading
from tests.settings import SEARCH_CHANGES

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LISTINGS = 6
LOOK_EVERY = 100


class Changes:
    """What hosts and guests do, drawn at random; what is refused changes nothing."""

    def __init__(self, dice: random.Random, host: Any, guest: Any, listings: list[Listing]) -> None:
        self.dice, self.host, self.guest, self.listings = dice, host, guest, listings
        self.booked: list[str] = []
        self.keys = itertools.count()
        self.kinds = (self.calendar, self.calendar, self.seasons, self.details, self.pause, self.book, self.cancel)

    def make_one(self) -> int:
        listing = self.dice.choice(self.listings)
        return int(self.dice.choice(self.kinds)(f"/listings/{listing.id}", listing).status_code)

    def span(self, most: int) -> dict[str, str]:
        first = date(2027, 3, 2) + timedelta(days=self.dice.randrange(300))
        return {"from": str(first), "to": str(first + timedelta(days=self.dice.randint(1, most)))}

    def price(self) -> dict[str, str]:
        return {"amount": f"{self.dice.randint(20, 400)}.00", "currency": "EUR"}

    def calendar(self, url: str, listing: Listing) -> Any:
        dice = self.dice
        possible = {
            "available": dice.random() < 0.5,
            "price": dice.choice([None, self.price()]),
            "min_nights": dice.choice([None, 1, 4]),
        }
        chosen = {name: possible[name] for name in dice.sample(sorted(possible), dice.randint(1, 2))}
        return self.host.put(f"{url}/calendar", json={"ranges": [{**self.span(20), **chosen}]})

    def seasons(self, url: str, listing: Listing) -> Any:
        season = {"name": "S", **self.span(90), "nightly_price": self.price()}
        season |= self.dice.choice([{}, {"weekend_price": self.price()}, {"min_nights": 3}])
        return self.host.put(f"{url}/seasons", json=self.dice.choice([[], [season]]))

    def details(self, url: str, listing: Listing) -> Any:
        dice = self.dice
        change = dice.choice(
            [
                {"nightly_price": self.price()},
                {"weekend_price": dice.choice([None, self.price()])},
                {"title": f"Flat {dice.randrange(99)} é"},
                {"amenities": dice.sample(AMENITY_SLUGS, 3)},
                {"min_nights_by_weekday": dice.choice([{}, {"5": 3}])},
                {"max_guests": dice.randint(1, 9)},
                {"instant_book": dice.random() < 0.8},
            ]
        )
        return self.host.patch(url, json=change)

    def pause(self, url: str, listing: Listing) -> Any:
        answer = self.host.post(f"{url}/unpublish")
        # Most of the time a listing is open, so that there is something to compare.
        return answer if self.dice.random() < 0.2 else self.host.post(f"{url}/publish")

    def book(self, url: str, listing: Listing) -> Any:
        span = self.span(6)
        body = {
            "listing_id": str(listing.id),
            "check_in": span["from"],
            "check_out": span["to"],
            "guests": {"adults": 1},
            "payment_method": "sandbox",
            "payment_token": "tok_ok",
        }
        answer = self.guest.post("/bookings", json=body, key=f"book-{next(self.keys)}")
        if answer.status_code == 201:
            self.booked.append(answer.json["id"])
        return answer

    def cancel(self, url: str, listing: Listing) -> Any:
        if not self.booked:
            return self.details(url, listing)
        booking_id = self.booked.pop(self.dice.randrange(len(self.booked)))
        client = self.dice.choice([self.host, self.guest])
        return client.post(f"/bookings/{booking_id}/cancel", json={}, key=f"cancel-{next(self.keys)}")


@pytest.mark.timeout(3_600)
def test_the_projection_equals_its_sources_after_random_changes(make_client, make_listing, freeze):
    freeze(NOW)
    host, guest = make_client(Role.HOST), make_client()
    listings = [make_listing(host=host.user) for _ in range(LISTINGS)]
    changes = Changes(random.Random(17), host, guest, listings)
    made = 0

    for turn in range(1, SEARCH_CHANGES + 1):
        made += changes.make_one() < 300
        if turn % LOOK_EVERY == 0 or turn == SEARCH_CHANGES:
            with reading() as session:
                assert find_search_faults(session, now=NOW) == []

    assert made > SEARCH_CHANGES / 2
