"""Telling staff about listings and people."""

from airbnb.domain.statuses import ListingStatus
from airbnb.models.reports import Report


def test_a_listing_is_reported_and_said_again_replaces_the_words(guest, host, make_listing, count_rows):
    listing = make_listing(host=host.user)

    first = guest.post(f"/listings/{listing.id}/report", json={"reason_code": "scam"})
    again = guest.post(f"/listings/{listing.id}/report", json={"reason_code": "unsafe", "text": "No smoke alarm."})

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["id"] == again.json["id"]
    assert (again.json["subject_type"], again.json["text"]) == ("listing", "No smoke alarm.")
    assert count_rows(Report) == 1


def test_a_person_is_reported(guest, host):
    answer = guest.post(f"/users/{host.user.id}/report", json={"reason_code": "offensive"})
    assert (answer.status_code, answer.json["subject_id"]) == (201, str(host.user.id))


def test_what_one_may_not_see_or_owns_cannot_be_reported(guest, host, make_listing, count_rows):
    hidden = make_listing(host=host.user, status=ListingStatus.DRAFT)
    own = make_listing(host=host.user)
    body = {"reason_code": "other"}

    assert guest.post(f"/listings/{hidden.id}/report", json=body).status_code == 404
    assert guest.post("/users/1/report", json=body).status_code == 404
    assert host.post(f"/listings/{own.id}/report", json=body).status_code == 422
    assert host.post(f"/users/{host.user.id}/report", json=body).status_code == 422
    assert guest.post(f"/listings/{own.id}/report", json={"reason_code": "boring"}).status_code == 422
    assert count_rows(Report) == 0
