"""The review of a listing: what is different since staff approved it, photos and amenities too."""

import pytest

from airbnb.domain.kinds import Role
from airbnb.domain.listing_differences import Difference, differences
from airbnb.domain.statuses import ListingStatus
from airbnb.models.listings import Listing, ListingPhoto
from airbnb.models.staff import ListingSnapshot
from airbnb.unit_of_work import in_transaction, reading

BASE = {"title": "Old", "beds": 2, "amenities": ["wifi", "pool"], "photos": [{"key": "a", "caption": ""}]}


@pytest.mark.parametrize(
    "after, found",
    [
        (BASE, []),
        ({**BASE, "title": "New"}, [("title", "Old", "New")]),
        ({**BASE, "beds": None}, [("beds", 2, None)]),
        ({**BASE, "amenities": ["pool", "sauna"]}, [("amenities", "wifi", None), ("amenities", None, "sauna")]),
        ({**BASE, "photos": []}, [("photos", {"key": "a", "caption": ""}, None)]),
        (
            {**BASE, "photos": [{"key": "a", "caption": "The view"}]},
            [("photos", {"key": "a", "caption": ""}, None), ("photos", None, {"key": "a", "caption": "The view"})],
        ),
    ],
)
def test_each_thing_that_changed_is_told_with_what_was_and_what_is(after, found):
    assert differences(BASE, after) == [Difference(field=field, before=was, after=now) for field, was, now in found]


def test_of_a_listing_that_nobody_approved_all_that_it_has_is_new():
    found = differences(None, {**BASE, "region": None, "house_rules": ""})

    assert {one.field for one in found} == {"title", "beds", "amenities", "photos"}
    assert all(one.before is None for one in found)


def test_an_approval_keeps_the_listing_and_the_page_then_shows_only_what_changed(
    host, make_listing, staff_browser, count_rows
):
    listing = make_listing(host=host.user, status=ListingStatus.IN_REVIEW, published_at=None, title="The lake house")
    browser = staff_browser(Role.SUPPORT)
    page = f"/listings/details/?id={listing.id}"
    before = browser.get(page).text

    browser.submit(f"/listings/{listing.id}/do/approve", reason="All in order")
    approved = browser.get(page).text
    host.patch(f"/listings/{listing.id}", json={"title": "<b>Sea</b> house", "amenities": ["sauna"]})
    in_transaction(lambda rows: rows.add(_photo(listing.id)))
    changed = browser.get(page).text

    assert "Never approved by staff" in before
    assert "The lake house" in before
    assert "Nothing: it is as it was approved." in approved
    assert count_rows(ListingSnapshot, ListingSnapshot.listing_id == listing.id) == 1
    for words in (
        "Title",
        "The lake house",
        "&lt;b&gt;Sea&lt;/b&gt; house",
        "Amenities",
        "sauna",
        "Photo",
        "The garden",
    ):
        assert words in changed, words
    assert "<b>Sea</b>" not in changed
    assert "Cancellation policy" not in changed.split("All fields")[0]


def _photo(listing_id):
    return ListingPhoto(
        listing_id=listing_id, position=9, base_key="listings/x", width=10, height=10, caption="The garden",
        content_hash="0" * 64,
    )  # fmt: skip


def test_the_next_approval_takes_the_place_of_the_one_before(host, make_listing, staff_browser):
    listing = make_listing(host=host.user, status=ListingStatus.IN_REVIEW, published_at=None)
    browser = staff_browser(Role.SUPPORT)
    browser.submit(f"/listings/{listing.id}/do/approve", reason="All in order")
    host.patch(f"/listings/{listing.id}", json={"title": "Another"})
    host.post(f"/listings/{listing.id}/unpublish")
    in_transaction(lambda rows: setattr(rows.get(Listing, listing.id), "status", ListingStatus.IN_REVIEW))

    browser.submit(f"/listings/{listing.id}/do/approve", reason="Still in order")

    with reading() as session:
        assert session.get(ListingSnapshot, listing.id).content["title"] == "Another"
