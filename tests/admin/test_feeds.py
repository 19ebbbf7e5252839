"""How the exchange of calendars goes, as staff see it."""

from datetime import timedelta

import pytest

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import ConflictResolution
from airbnb.models.calendar_feeds import CalendarConflict, CalendarFeed
from airbnb.unit_of_work import in_transaction

NOON = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def feed_of(freeze):
    """Add a feed to a listing; every keyword is a column."""
    freeze(NOON)

    def make(listing, name, **columns):
        feed = CalendarFeed(
            listing_id=listing.id,
            name=name,
            **{
                "url": f"https://calendars.example/{name}?s=secret",
                "url_hash": f"{listing.id}{name}",
                "next_sync_at": NOON,
                **columns,
            },
        )
        in_transaction(lambda session: session.add(feed))
        return feed

    return make


@pytest.fixture
def clash_of():
    def make(feed, booking, **columns):
        today = NOON.date()
        row = CalendarConflict(
            listing_id=feed.listing_id,
            feed_id=feed.id,
            event_key="0" * 64,
            booking_id=booking.id,
            starts_on=today,
            ends_on=today + timedelta(days=2),
            **columns,
        )
        in_transaction(lambda session: session.add(row))
        return row

    return make


@pytest.fixture
def three_feeds(host, make_listing, feed_of):
    house, flat = make_listing(host=host.user, title="The lake house"), make_listing(host=host.user, title="The flat")
    feed_of(house, "Vrbo", last_success_at=NOON - timedelta(days=3, hours=4), failures=7, error="Timed out")
    feed_of(flat, "Booking", last_success_at=NOON - timedelta(minutes=9))
    feed_of(flat, "Elsewhere")


def test_feeds_show_health_last_success_last_error_age_and_the_next_run(three_feeds, staff_browser):
    page = staff_browser(Role.SUPPORT).get("/feeds/").text

    for shown in ("The lake house", "Vrbo", "Timed out", "failing", "3 d 4 h", "9 min", "waiting", "ok"):
        assert shown in page
    assert f"{NOON:%Y-%m-%d %H:%M} UTC" in page


@pytest.mark.parametrize("health, name", [("failing", "Vrbo"), ("ok", "Booking"), ("waiting", "Elsewhere")])
def test_feeds_are_filtered_by_health(three_feeds, staff_browser, health, name):
    page = staff_browser(Role.SUPPORT).get(f"/feeds/?flt0_health_equals={health}").text

    assert {one for one in ("Vrbo", "Booking", "Elsewhere") if f"{one}\n" in page} == {name}


@pytest.mark.parametrize("words", ["lake", "Vrbo", "Timed"])
def test_feeds_are_found_by_name_error_and_listing(three_feeds, staff_browser, words):
    page = staff_browser(Role.FINANCE).get(f"/feeds/?search={words}").text

    assert "The lake house" in page
    assert "The flat" not in page


def test_the_address_of_a_feed_is_its_hosts_secret(three_feeds, staff_browser):
    browser = staff_browser(Role.ADMIN)
    listed = browser.get("/feeds/").text
    first = listed.split("/admin/feeds/details/?id=")[1].split("&")[0]

    pages = listed + browser.get(f"/feeds/details/?id={first}").text

    assert "calendars.example" not in pages
    assert "s=secret" not in pages


def test_conflicts_are_a_queue_of_open_ones_that_is_searched(
    host, guest, make_listing, make_booking, feed_of, clash_of, staff_browser
):
    house, flat = make_listing(host=host.user, title="The lake house"), make_listing(host=host.user, title="The flat")
    waiting, settled = make_booking(listing=house, guest=guest.user), make_booking(listing=flat, guest=guest.user)
    clash_of(feed_of(house, "Vrbo"), waiting, created_at=NOON - timedelta(hours=5))
    gone = {"resolved_at": NOON, "resolution": ConflictResolution.GONE}
    clash_of(feed_of(flat, "Elsewhere"), settled, created_at=NOON - timedelta(days=2), **gone)
    browser = staff_browser(Role.SUPPORT)

    everything = browser.get("/conflicts/").text
    still_open = browser.get("/conflicts/?flt0_state_equals=open").text
    resolved = browser.get("/conflicts/?flt0_state_equals=done").text
    found = browser.get(f"/conflicts/?search={settled.code}").text

    assert waiting.code in everything
    assert settled.code in everything
    assert "5 h 0 min" in still_open
    assert (waiting.code in still_open, settled.code in still_open) == (True, False)
    assert (waiting.code in resolved, settled.code in resolved) == (False, True)
    assert (waiting.code in found, settled.code in found) == (False, True)
    assert "/admin/conflicts/?flt0_state_equals=open" in browser.get("/").text


def test_both_lists_cost_the_same_for_any_number_of_rows(
    host, guest, make_listing, make_booking, feed_of, clash_of, staff_browser, count_statements
):
    browser = staff_browser(Role.SUPPORT)

    def one_more():
        listing = make_listing(host=host.user)
        clash_of(feed_of(listing, "Vrbo"), make_booking(listing=listing, guest=guest.user))

    def cost(view):
        count_statements.clear()
        assert browser.get(f"/{view}/").status_code == 200
        return len(count_statements)

    one_more()
    before = {view: cost(view) for view in ("feeds", "conflicts")}
    for _ in range(3):
        one_more()

    assert {view: cost(view) for view in ("feeds", "conflicts")} == before


@pytest.mark.parametrize("view", ["feeds", "conflicts"])
def test_nothing_is_changed_from_either_view(staff_browser, view):
    browser = staff_browser(Role.ADMIN)

    assert browser.get(f"/{view}/1/do/resolve").status_code == 404
    assert browser.client.post(f"/admin/{view}/edit/?id=1", data={}).status_code in (302, 404)
    assert browser.get(f"/{view}/details/?id=none").status_code == 302
