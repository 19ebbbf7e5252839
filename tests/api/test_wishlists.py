"""Lists of listings over HTTP: theirs alone, paged, and only what can still be seen."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from airbnb.models.listings import Listing
from airbnb.models.wishlists import Wishlist, WishlistItem
from airbnb.services import wishlists
from tests.factories.clients import APIClient


@pytest.fixture
def make_place(host: APIClient, make_listing: Callable[..., Listing]) -> Callable[..., Listing]:
    """Make a published listing of the host's."""
    return partial(make_listing, host=host.user)


@pytest.fixture
def wishlist(guest: APIClient) -> str:
    """The address of an empty list of the guest's."""
    made = guest.post("/wishlists", json={"name": "Sea views"})
    assert made.status_code == 201, made.json
    return f"/wishlists/{made.json['id']}"


def keep(client: APIClient, wishlist: str, listing: Listing) -> int:
    return client.put(f"{wishlist}/listings/{listing.id}").status_code


def test_a_list_is_made_filled_renamed_and_removed(guest, wishlist, make_place, count_rows):
    first, second = make_place(title="By the sea"), make_place(title="On the hill")

    assert [keep(guest, wishlist, one) for one in (first, second, first)] == [204, 204, 204]

    shown = guest.get(wishlist).json
    assert (shown["name"], shown["listing_count"]) == ("Sea views", 2)
    assert [card["title"] for card in shown["data"]] == ["On the hill", "By the sea"]
    assert shown["cover_photo"] == shown["data"][0]["cover_photo"] is not None
    assert guest.patch(wishlist, json={"name": "Hills"}).json["name"] == "Hills"
    assert guest.delete(f"{wishlist}/listings/{second.id}").status_code == 204
    assert guest.delete(f"{wishlist}/listings/{second.id}").status_code == 204
    assert [card["id"] for card in guest.get(wishlist).json["data"]] == [str(first.id)]
    assert guest.delete(wishlist).status_code == 204
    assert guest.get(wishlist).status_code == 404
    assert (count_rows(Wishlist), count_rows(WishlistItem)) == (0, 0)


def test_a_card_on_a_list_is_the_card_of_the_search(guest, client, wishlist, make_place):
    listing = make_place()
    keep(guest, wishlist, listing)

    (card,) = guest.get(wishlist).json["data"]

    (hit,) = client.get(f"/api/v1/listings?host_id={listing.host_id}").json["data"]
    assert card == hit


def test_lists_and_what_is_on_them_are_paged(guest, wishlist, make_place):
    listings = [make_place() for _ in range(3)]
    for listing in listings:
        keep(guest, wishlist, listing)
    guest.post("/wishlists", json={"name": "Another"})

    assert _walk(guest, "/wishlists", "name") == ["Another", "Sea views"]
    assert _walk(guest, wishlist, "id") == [str(one.id) for one in reversed(listings)]


def test_listings_that_are_no_longer_published_are_neither_counted_nor_shown(guest, host, wishlist, make_place):
    gone, there = make_place(), make_place()
    keep(guest, wishlist, there)
    keep(guest, wishlist, gone)
    host.post(f"/listings/{gone.id}/unpublish")

    shown = guest.get(wishlist).json
    assert (shown["listing_count"], [card["id"] for card in shown["data"]]) == (1, [str(there.id)])
    assert keep(guest, wishlist, gone) == 404

    host.post(f"/listings/{gone.id}/publish")
    assert guest.get(wishlist).json["listing_count"] == 2


def test_the_same_post_with_one_key_makes_one_list(guest, count_rows):
    headers = {"Idempotency-Key": "sea"}
    answers = [guest.post("/wishlists", json={"name": "Sea"}, headers=headers) for _ in range(2)]

    assert answers[0].json == answers[1].json
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert count_rows(Wishlist) == 1


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "two\nlines", None, 7])
def test_a_name_is_a_line_that_says_something(guest, wishlist, name):
    assert guest.post("/wishlists", json={"name": name}).json["code"] == "validation_failed"
    assert guest.patch(wishlist, json={"name": name}).json["code"] == "validation_failed"


def test_nobody_has_more_lists_or_fuller_ones_than_they_may(guest, wishlist, make_place, monkeypatch):
    monkeypatch.setattr(wishlists, "MAX_WISHLISTS", 1)
    monkeypatch.setattr(wishlists, "MAX_ITEMS", 1)
    first, second = make_place(), make_place()

    assert guest.post("/wishlists", json={"name": "More"}).json["code"] == "too_many_wishlists"
    assert [keep(guest, wishlist, first), keep(guest, wishlist, first)] == [204, 204]
    refused = guest.put(f"{wishlist}/listings/{second.id}")
    assert (refused.status_code, refused.json["code"]) == (409, "too_many_wishlist_items")


def test_the_number_of_statements_does_not_grow(
    guest: APIClient, wishlist: str, make_place: Callable[..., Listing], count_statements: list[str]
):
    def statements(path: str) -> int:
        count_statements.clear()
        assert guest.get(path).status_code == 200
        return len(count_statements)

    keep(guest, wishlist, make_place())
    one = [statements("/wishlists"), statements(wishlist)]
    other = guest.post("/wishlists", json={"name": "Second"}).json["id"]
    for listing in [make_place() for _ in range(4)]:
        keep(guest, wishlist, listing)
        keep(guest, f"/wishlists/{other}", listing)

    assert [statements("/wishlists"), statements(wishlist)] == one


def _walk(client: APIClient, path: str, field: str) -> list[Any]:
    seen, cursor = [], ""
    while True:
        answer = client.get(f"{path}?limit=1{cursor}").json
        seen += [one[field] for one in answer["data"]]
        if answer["page"]["next_cursor"] is None:
            return seen
        cursor = f"&cursor={answer['page']['next_cursor']}"
