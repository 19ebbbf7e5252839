"""The calendars of all of a host's listings over HTTP."""

from datetime import UTC, datetime

import pytest

SPAN = "from=2026-05-10&to=2026-05-14"


@pytest.fixture(autouse=True)
def on_the_first_of_may(freeze):
    freeze(datetime(2026, 5, 1, 12, 0, tzinfo=UTC))


def test_every_listing_of_the_host_is_shown_as_its_own_calendar_shows_it(host, make_listing, make_user):
    first, second = make_listing(host=host.user), make_listing(host=host.user)
    make_listing(host=make_user())
    ranges = [{"from": "2026-05-11", "to": "2026-05-12", "available": False, "note": "paint"}]
    ranges.append({"from": "2026-05-12", "to": "2026-05-13", "price": {"amount": "77.00", "currency": "EUR"}})
    assert host.put(f"/listings/{first.id}/calendar", json={"ranges": ranges}).status_code == 200

    shown = host.get(f"/users/me/calendar?{SPAN}").json["data"]

    assert [one["listing_id"] for one in shown] == [str(second.id), str(first.id)]
    for one in shown:
        assert one["nights"] == host.get(f"/listings/{one['listing_id']}/calendar?{SPAN}").json["data"]


def test_many_listings_take_as_many_statements_as_one(host, make_listing, count_statements):
    make_listing(host=host.user)
    host.get(f"/users/me/calendar?{SPAN}")
    count_statements.clear()
    host.get(f"/users/me/calendar?{SPAN}")
    for_one = len(count_statements)
    for _ in range(5):
        make_listing(host=host.user)
    count_statements.clear()

    assert len(host.get(f"/users/me/calendar?{SPAN}").json["data"]) == 6
    assert len(count_statements) == for_one <= 7


def test_pages_and_spans_are_checked(host, make_listing):
    for _ in range(3):
        make_listing(host=host.user)

    page = host.get(f"/users/me/calendar?{SPAN}&limit=2").json
    rest = host.get(f"/users/me/calendar?{SPAN}&limit=2&cursor={page['page']['next_cursor']}").json
    assert (len(page["data"]), len(rest["data"])) == (2, 1)
    assert host.get("/users/me/calendar?from=2026-05-10&to=2026-05-10").status_code == 422
    assert host.get("/users/me/calendar?from=2026-05-10&to=2028-05-10").status_code == 422
