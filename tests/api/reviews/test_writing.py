"""Reviews over HTTP: who may write when, when they are seen, and what follows for the figures."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from airbnb.domain import clock
from airbnb.domain.statuses import BookingStatus, PendingOn, ReviewStatus
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing, ListingFigures
from airbnb.models.notifications import Notification
from airbnb.models.reviews import Review
from airbnb.models.search import ListingCard
from airbnb.models.users import UserFigures
from airbnb.services.reviews import publish_booking
from airbnb.tasks.reviews import publish_due
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.clients import APIClient
from tests.factories.reviewing import BY_GUEST, BY_HOST, STARS, both_write, figures_of, write


def test_the_first_review_stays_hidden(guest: APIClient, host: APIClient, stay: Booking, client: Any):
    answer = write(guest, stay)

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/reviews/{answer.json['id']}"
    assert (answer.json["status"], answer.json["published_at"]) == ("pending", None)
    assert answer.json["categories"] == STARS
    assert client.get(f"/api/v1/listings/{stay.listing_id}/reviews").json["data"] == []
    assert host.get(f"/reviews/{answer.json['id']}").status_code == 404
    assert guest.get(f"/reviews/{answer.json['id']}").status_code == 200


def test_the_second_review_publishes_both(guest: APIClient, host: APIClient, stay: Booking, client: Any):
    both_write(guest, host, stay)

    (about_place,) = client.get(f"/api/v1/listings/{stay.listing_id}/reviews").json["data"]
    (about_guest,) = client.get(f"/api/v1/users/{guest.user.id}/reviews").json["data"]
    (about_host,) = client.get(f"/api/v1/users/{host.user.id}/reviews?as=host").json["data"]

    assert about_place["id"] == about_host["id"]
    assert (about_place["rating"], about_place["comment"], about_place["status"]) == (5, "Lovely.", "published")
    assert about_place["author"]["first_name"] == "Ada"
    assert "private_note" not in about_place
    assert about_place["booking_id"] is None
    assert (about_guest["side"], about_guest["rating"]) == ("host", 4)
    assert client.get(f"/api/v1/users/{host.user.id}/reviews?as=guest").json["data"] == []


def test_the_private_note_is_for_the_other_side(guest: APIClient, host: APIClient, stay: Booking):
    review_id, _ = both_write(guest, host, stay)

    shown = host.get(f"/reviews/{review_id}").json

    assert shown["private_note"] == "The tap drips."
    assert shown["booking_id"] == str(stay.id)
    assert shown["can_respond_until"] is not None


def test_publishing_counts_figures_once(guest: APIClient, host: APIClient, stay: Booking):
    both_write(guest, host, stay)

    place = figures_of(ListingFigures, stay.listing_id)
    assert (place.rating_sum, place.review_count) == (5, 1)
    assert (place.location_sum, place.location_count, place.value_sum) == (3, 1, 4)
    owner, visitor = figures_of(UserFigures, host.user.id), figures_of(UserFigures, guest.user.id)
    assert (owner.host_rating_sum, owner.host_review_count, owner.guest_review_count) == (5, 1, 0)
    assert (visitor.guest_rating_sum, visitor.guest_review_count, visitor.host_review_count) == (4, 1, 0)


def test_search_shows_the_new_rating(guest: APIClient, host: APIClient, stay: Booking):
    both_write(guest, host, stay)

    with reading() as session:
        card = session.get_one(ListingCard, stay.listing_id)
    assert b'"rating":5.0,"review_count":1' in card.json


def test_figures_add_up_over_stays(guest: APIClient, host: APIClient, stay: Booking, make_stay: Callable[..., Booking]):
    with reading() as session:
        listing = session.get_one(Listing, stay.listing_id)
    other = make_stay(guest=guest.user, host=host.user, listing=listing)
    both_write(guest, host, stay)
    write(guest, other, {"rating": 2, "comment": "Noisy."})
    write(host, other, BY_HOST)

    place = figures_of(ListingFigures, stay.listing_id)
    assert (place.rating_sum, place.review_count, place.cleanliness_count) == (7, 2, 1)


def test_both_sides_are_told(
    guest: APIClient, host: APIClient, stay: Booking, run_outbox: Callable[[], int], app: Flask
):
    both_write(guest, host, stay)
    run_outbox()

    with reading() as session:
        told = {(one.user_id, one.kind) for one in session.scalars(select(Notification))}
    assert told == {
        (host.user.id, "review_received"),
        (host.user.id, "review_published"),
        (guest.user.id, "review_published"),
    }


def test_a_side_reviews_once(guest: APIClient, stay: Booking, count_rows: Callable[..., int]):
    write(guest, stay)

    again = write(guest, stay, {"rating": 1, "comment": "On second thought."})

    assert (again.status_code, again.json["code"]) == (409, "already_reviewed")
    assert count_rows(Review) == 1


def test_a_repeated_request_answers_the_same_review(guest: APIClient, stay: Booking):
    first = write(guest, stay, key="k1")
    second = write(guest, stay, key="k1")

    assert second.json == first.json
    assert second.headers["Idempotent-Replayed"] == "true"


def test_the_booking_may_be_named_by_its_code(guest: APIClient, stay: Booking):
    assert guest.post(f"/bookings/{stay.code}/review", json=BY_GUEST).status_code == 201


def test_the_window_is_fourteen_days_inclusive(guest: APIClient, stay: Booking, freeze: Callable[[datetime], None]):
    freeze(stay.check_out_at + timedelta(days=14))
    assert write(guest, stay).status_code == 201

    freeze(stay.check_out_at + timedelta(days=14, microseconds=1))
    late = write(guest, stay)
    assert (late.status_code, late.json["code"]) == (409, "already_reviewed")


def test_after_the_window_it_is_too_late(
    guest: APIClient, host: APIClient, stay: Booking, freeze: Callable[[datetime], None], count_rows: Callable[..., int]
):
    freeze(stay.check_out_at + timedelta(days=14, seconds=1))

    answer = write(host, stay, BY_HOST)

    assert (answer.status_code, answer.json["code"]) == (409, "invalid_transition")
    assert count_rows(Review) == 0


@pytest.mark.parametrize(
    "columns",
    [
        {"status": BookingStatus.CONFIRMED},
        {"status": BookingStatus.PENDING, "pending_on": PendingOn.HOST},
        {"status": BookingStatus.EXPIRED},
    ],
)
def test_only_completed_stays_are_reviewed(
    guest: APIClient, make_stay: Callable[..., Booking], columns: dict[str, Any]
):
    answer = write(guest, make_stay(guest=guest.user, completed_at=None, **columns))

    assert (answer.status_code, answer.json["code"]) == (409, "invalid_transition")


def test_a_stranger_does_not_find_the_booking(stay: Booking, make_client: Callable[..., APIClient]):
    assert write(make_client(), stay).status_code == 404


@pytest.mark.parametrize(
    "body, path",
    [
        ({"comment": "x"}, "rating"),
        ({"rating": 0, "comment": "x"}, "rating"),
        ({"rating": 6, "comment": "x"}, "rating"),
        ({"rating": 4.5, "comment": "x"}, "rating"),
        ({"rating": "5", "comment": "x"}, "rating"),
        ({"rating": 5}, "comment"),
        ({"rating": 5, "comment": " \n"}, "comment"),
        ({"rating": 5, "comment": "x" * 5_001}, "comment"),
        ({"rating": 5, "comment": "x\x00"}, "comment"),
        ({"rating": 5, "comment": "x", "categories": {"beauty": 5}}, "categories.beauty"),
        ({"rating": 5, "comment": "x", "categories": {"location": 9}}, "categories.location"),
        ({"rating": 5, "comment": "x", "stars": 5}, "stars"),
    ],
)
def test_a_bad_review_is_refused_by_name(
    guest: APIClient, stay: Booking, body: dict[str, Any], path: str, count_rows: Callable[..., int]
):
    answer = write(guest, stay, body)

    assert answer.status_code == 422
    assert path in answer.json["errors"]
    assert count_rows(Review) == 0


def test_a_silent_other_side_does_not_hide_a_review_for_ever(
    guest: APIClient, stay: Booking, freeze: Callable[[datetime], None], count_rows: Callable[..., int]
):
    write(guest, stay)
    freeze(stay.check_out_at + timedelta(days=14))
    assert publish_due.run() == 0

    freeze(stay.check_out_at + timedelta(days=14, minutes=11))
    assert publish_due.run() == 1
    freeze(stay.check_out_at + timedelta(days=14, minutes=31))
    assert publish_due.run() == 0

    assert count_rows(Review, Review.status == ReviewStatus.PUBLISHED) == 1
    assert figures_of(ListingFigures, stay.listing_id).review_count == 1


def test_a_hosts_lone_review_leaves_the_listings_figures_alone(
    host: APIClient, guest: APIClient, stay: Booking, freeze: Callable[[datetime], None], client: Any
):
    write(host, stay, BY_HOST)
    freeze(stay.check_out_at + timedelta(days=14, minutes=11))

    assert publish_due.run() == 1

    assert figures_of(UserFigures, guest.user.id).guest_rating_sum == 4
    assert figures_of(ListingFigures, stay.listing_id) is None
    assert client.get(f"/api/v1/listings/{stay.listing_id}/reviews").json["data"] == []


def test_publishing_again_finds_nothing_to_do(guest: APIClient, host: APIClient, stay: Booking):
    both_write(guest, host, stay)

    again = in_transaction(lambda session: publish_booking(session, stay.id, now=clock.now()))

    assert again == 0
    assert figures_of(ListingFigures, stay.listing_id).review_count == 1


def test_two_reviews_that_missed_each_other_are_published_by_the_sweep(
    guest: APIClient, host: APIClient, stay: Booking, count_rows: Callable[..., int]
):
    write(guest, stay)
    missed = {"booking_id": stay.id, "listing_id": stay.listing_id, "side": "host", "rating": 4, "comment": "x"}
    window = {"window_ends_at": stay.check_out_at + timedelta(days=14)}
    people = {"author_id": host.user.id, "subject_id": guest.user.id}
    in_transaction(lambda session: session.add(Review(**missed, **window, **people)))

    assert publish_due.run() == 2
    assert count_rows(Review, Review.status == ReviewStatus.PUBLISHED) == 2


def test_a_review_may_be_changed_until_the_other_side_has_written(guest: APIClient, host: APIClient, stay: Booking):
    created = write(guest, stay)
    path = f"/reviews/{created.json['id']}"

    changed = guest.patch(path, json={"rating": 3, "private_note": None})
    stale = guest.patch(path, json={"rating": 1}, headers={"If-Match": created.headers["ETag"]})
    write(host, stay, BY_HOST)
    late = guest.patch(path, json={"rating": 1})

    assert changed.status_code == 200
    assert (changed.json["rating"], changed.json["comment"], changed.json["private_note"]) == (3, "Lovely.", None)
    assert changed.json["categories"] == STARS
    assert changed.headers["ETag"] != created.headers["ETag"]
    assert stale.status_code == 412
    assert (late.status_code, late.json["code"]) == (409, "invalid_transition")
    assert figures_of(ListingFigures, stay.listing_id).rating_sum == 3


def test_nobody_else_changes_a_review(guest: APIClient, host: APIClient, stay: Booking):
    review_id = write(guest, stay).json["id"]
    assert host.patch(f"/reviews/{review_id}", json={"rating": 5}).status_code == 404

    write(host, stay, BY_HOST)
    assert host.patch(f"/reviews/{review_id}", json={"rating": 5}).status_code == 403
