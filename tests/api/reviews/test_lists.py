"""Lists of reviews, what waits to be written, and the audit of the figures."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask

from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing, ListingFigures
from airbnb.models.users import UserFigures
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.clients import APIClient
from tests.factories.reviewing import both_write, figures_of, write


def test_my_reviews_tell_what_waits_and_what_is_written(
    guest: APIClient, host: APIClient, stay: Booking, make_stay: Callable[..., Booking]
):
    open_stay = make_stay(guest=guest.user)
    make_stay(guest=guest.user, ended=timedelta(days=15))
    review_id = write(guest, stay).json["id"]

    answer = guest.get("/users/me/reviews").json

    assert [one["id"] for one in answer["data"]] == [review_id]
    (waiting,) = answer["to_write"]
    assert waiting["booking_id"] == str(open_stay.id)
    assert (waiting["side"], waiting["counterparty"]["first_name"]) == ("guest", "Hugo")
    assert [one["side"] for one in host.get("/users/me/reviews").json["to_write"]] == ["host"]


def test_a_list_of_reviews_is_paged_without_a_query_per_row(
    guest: APIClient,
    host: APIClient,
    stay: Booking,
    make_stay: Callable[..., Booking],
    client: Any,
    count_statements: list[str],
):
    with reading() as session:
        listing = session.get_one(Listing, stay.listing_id)
    stays = [stay, *(make_stay(guest=guest.user, host=host.user, listing=listing) for _ in range(2))]
    ids = [both_write(guest, host, one)[0] for one in stays]
    path = f"/api/v1/listings/{stay.listing_id}/reviews?limit=2"
    count_statements.clear()

    first = client.get(path).json

    assert len([text for text in count_statements if text.startswith("SELECT")]) <= 2
    rest = client.get(f"{path}&cursor={first['page']['next_cursor']}").json
    assert [one["id"] for one in first["data"] + rest["data"]] == ids[::-1]


def test_reviews_of_what_nobody_sees_are_not_found(client: Any, host: APIClient, make_listing: Callable[..., Listing]):
    assert client.get("/api/v1/listings/1/reviews").status_code == 404
    assert client.get("/api/v1/users/1/reviews").status_code == 404
    assert client.get("/api/v1/reviews/1").status_code == 404


def test_the_audit_finds_and_repairs_wrong_figures(guest: APIClient, host: APIClient, stay: Booking, app: Flask):
    both_write(guest, host, stay)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["reviews", "audit"]).exit_code == 0

    def spoil(session: Any) -> None:
        session.get(ListingFigures, stay.listing_id).rating_sum = 50
        session.delete(session.get(UserFigures, guest.user.id))

    in_transaction(spoil)
    found = runner.invoke(args=["reviews", "audit"])
    runner.invoke(args=["reviews", "audit", "--repair"])

    assert found.exit_code == 1
    assert f"listing_figures {stay.listing_id}: rating_sum 50 instead of 5" in found.output
    assert "2 figures are wrong." in found.output
    assert runner.invoke(args=["reviews", "audit"]).exit_code == 0
    assert figures_of(UserFigures, guest.user.id).guest_review_count == 1
