"""Reports of reviews and messages, and what hiding a review does to lists, figures and search."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask

from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.kinds import Role
from airbnb.models.account_safety import AccountClosure
from airbnb.models.listings import Listing, ListingFigures
from airbnb.models.platform import AuditEntry
from airbnb.models.reports import Report
from airbnb.models.reviews import Review
from airbnb.models.search import ListingCard
from airbnb.models.users import UserFigures
from airbnb.services.review_moderation import hide_review, unhide_review
from airbnb.services.reviews import audit_figures
from airbnb.tasks.reviews import audit
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.audits import run_audit
from tests.factories.clients import APIClient

STARS = {"cleanliness": 5, "location": 3}
REASON = "It names the neighbour."


@pytest.fixture
def listing(host: APIClient, make_listing: Callable[..., Listing]) -> Listing:
    return make_listing(host=host.user)


@pytest.fixture
def publish(host: APIClient, make_client: Callable[..., APIClient], make_stay: Callable[..., Any], listing: Listing):
    """Let somebody new and the host review a stay of theirs; returns the guest, and the ids of both reviews."""

    def work(rating: int) -> tuple[APIClient, str, str]:
        guest = make_client()
        stay = make_stay(guest=guest.user, host=host.user, listing=listing)
        body = {"rating": rating, "categories": STARS, "comment": f"{rating} stars from me."}
        path = f"/bookings/{stay.id}/review"
        by_guest = guest.post(path, json=body).json["id"]
        return guest, by_guest, host.post(path, json={"rating": 4, "comment": "Quiet."}).json["id"]

    return work


def figures(listing: Listing, host: APIClient) -> tuple[int, int, int, int]:
    with reading() as session:
        assert audit_figures(session) == []
        place, person = session.get_one(ListingFigures, listing.id), session.get_one(UserFigures, host.user.id)
    return place.rating_sum, place.review_count, place.location_count, person.host_review_count


def card(listing: Listing) -> Any:
    with reading() as session:
        return session.get_one(ListingCard, listing.id).json


def test_a_hidden_review_counts_nowhere_until_it_is_shown_again(
    app: Flask, host: APIClient, listing: Listing, publish: Callable[..., Any], staff_browser: Callable[..., Any]
):
    publish(5)
    guest, review, _ = publish(2)
    browser, reviews = staff_browser(Role.SUPPORT), f"/listings/{listing.id}/reviews"
    before = (figures(listing, host), card(listing))

    hidden = browser.submit(f"/reviews/{review}/do/hide", reason=REASON)
    shown_then = [one["id"] for one in host.get(reviews).json["data"]]
    while_hidden = figures(listing, host)
    for_others, for_author = host.get(f"/reviews/{review}"), guest.get(f"/reviews/{review}")
    with pytest.raises(InvalidTransition):
        in_transaction(partial(hide_review, review_id=int(review), cause=by_staff(1, now=clock.now(), reason="x")))
    while_hidden_still = figures(listing, host)
    browser.submit(f"/reviews/{review}/do/unhide", reason="The neighbour agreed.")

    assert before[0] == (7, 2, 2, 2)
    assert (hidden.status_code, while_hidden) == (302, (5, 1, 1, 1))
    assert review not in shown_then
    assert (for_others.status_code, for_author.json["status"]) == (404, "hidden")
    assert while_hidden_still == while_hidden
    assert (figures(listing, host), card(listing)) == before
    assert review in [one["id"] for one in host.get(reviews).json["data"]]


def test_who_hid_a_review_and_why_is_written_down(
    app: Flask, publish: Callable[..., Any], staff_browser: Callable[..., Any]
):
    _, _, about_guest = publish(3)

    staff_browser(Role.ADMIN).submit(f"/reviews/{about_guest}/do/hide", reason=REASON)

    with reading() as session:
        entry = session.query(AuditEntry).filter_by(action="hide_review").one()
        review = session.get_one(Review, int(about_guest))
    assert (entry.subject_id, entry.reason, entry.after) == (review.id, REASON, {"status": "hidden"})
    assert review.hidden_reason == REASON


def test_figures_that_are_not_what_reviews_sum_up_to_are_found_at_night(
    app: Flask, listing: Listing, publish: Callable[..., Any]
):
    publish(4)
    right = audit()

    def spoil(session: Any) -> None:
        session.get_one(ListingFigures, listing.id).location_sum = 9

    in_transaction(spoil)

    with reading() as session:
        found = [str(one) for one in audit_figures(session)]
    assert right == 0
    assert found == [f"listing_figures {listing.id}: location_sum 9 instead of 3"]


def test_figures_of_somebody_who_was_erased_are_missed_by_nobody(app: Flask, publish: Callable[..., Any]):
    guest, _, _ = publish(4)

    def forget(session: Any) -> None:
        session.delete(session.get_one(UserFigures, guest.user.id))

    in_transaction(forget)
    while_open = run_audit("reviews")
    closure = AccountClosure(
        user_id=guest.user.id, closed_at=clock.now(), erase_after=clock.now(), erased_at=clock.now()
    )
    in_transaction(lambda session: session.add(closure))

    assert while_open == [
        f"user_figures {guest.user.id}: guest_rating_sum 0 instead of 4, guest_review_count 0 instead of 1"
    ]
    assert run_audit("reviews") == []


def test_published_reviews_are_sorted_and_paged_by_stars(
    client: Any, listing: Listing, host: APIClient, publish: Callable[..., Any]
):
    ids = {stars: publish(rating)[1] for stars, rating in ((5, 5), (1, 1), (3, 3), ("later", 3))}
    path = f"/api/v1/listings/{listing.id}/reviews"

    def listed(sort: str) -> list[str]:
        first = client.get(f"{path}?sort={sort}&limit=3").json
        rest = client.get(f"{path}?sort={sort}&limit=3&cursor={first['page']['next_cursor']}").json
        return [one["id"] for one in (*first["data"], *rest["data"])]

    assert listed("-rating") == [ids[5], ids["later"], ids[3], ids[1]]
    assert listed("rating") == [ids[1], ids["later"], ids[3], ids[5]]
    assert listed("newest") == [ids["later"], ids[3], ids[1], ids[5]]
    assert client.get(f"{path}?sort=stars").status_code == 422
    cursor = client.get(f"{path}?sort=rating&limit=1").json["page"]["next_cursor"]
    assert client.get(f"{path}?sort=newest&limit=1&cursor={cursor}").json["code"] == "invalid_cursor"


def test_a_review_is_reported_by_those_who_see_it_but_not_by_its_author(
    guest: APIClient, host: APIClient, publish: Callable[..., Any], make_stay: Callable[..., Any], count_rows: Any
):
    author, review, _ = publish(2)
    pending = author.post(f"/bookings/{make_stay(guest=author.user).id}/review", json={"rating": 1, "comment": "Bad."})
    body = {"reason_code": "offensive", "text": "See the last line."}

    answer = host.post(f"/reviews/{review}/report", json=body)

    assert (answer.status_code, answer.json["subject_type"], answer.json["subject_id"]) == (201, "review", review)
    assert guest.post(f"/reviews/{review}/report", json=body).status_code == 201
    assert author.post(f"/reviews/{review}/report", json=body).status_code == 422
    assert host.post(f"/reviews/{pending.json['id']}/report", json=body).status_code == 404
    assert count_rows(Report) == 2


def test_a_message_is_reported_by_who_got_it(
    guest: APIClient, host: APIClient, make_client: Callable[..., APIClient], listing: Listing, count_rows: Any
):
    talk = guest.post(f"/listings/{listing.id}/conversations", json={"message": "Pay me outside?"}).json
    path = f"/messages/{talk['last_message']['id']}/report"

    answer = host.post(path, json={"reason_code": "scam"})

    assert (answer.status_code, answer.json["subject_type"]) == (201, "message")
    assert guest.post(path, json={"reason_code": "scam"}).status_code == 422
    assert make_client().post(path, json={"reason_code": "scam"}).status_code == 404
    assert count_rows(Report) == 1


@pytest.mark.parametrize(
    "locale, title, said",
    [
        ("en", "Your review is no longer shown", "The reason"),
        ("de", "Deine Bewertung wird nicht mehr gezeigt", "Der Grund"),
    ],
)
def test_the_author_of_a_hidden_review_is_told_why_in_their_language(
    publish: Any, staff_browser: Any, host: APIClient, run_outbox: Any, mailer: Any, locale: str, title: str, said: str
):
    guest, review_id, _ = publish(1)
    guest.patch("/users/me", json={"locale": locale})
    run_outbox()
    mailer.sent.clear()

    staff_browser(Role.SUPPORT).submit(f"/reviews/{review_id}/do/hide", reason=REASON)
    run_outbox()

    (mail,) = mailer.sent
    assert (mail.to, mail.subject) == (guest.user.email, title)
    assert said in mail.text
    assert f"> {REASON}" in mail.text
    assert REASON in mail.html
    told = guest.get("/notifications", headers={"Accept-Language": locale}).json["data"]
    assert [one["title"] for one in told if one["kind"] == "review_hidden"] == [title]
    assert not [one for one in host.get("/notifications").json["data"] if one["kind"] == "review_hidden"]


def test_who_is_shown_again_before_the_mail_went_is_told_nothing(
    publish: Any, host: APIClient, run_outbox: Any, mailer: Any
):
    _, review_id, _ = publish(1)
    run_outbox()
    mailer.sent.clear()
    cause = by_staff(host.user.id, now=clock.now(), reason=REASON)

    in_transaction(partial(hide_review, review_id=int(review_id), cause=cause))
    in_transaction(partial(unhide_review, review_id=int(review_id), cause=cause))
    run_outbox()

    assert mailer.sent == []
