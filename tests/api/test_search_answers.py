"""Anonymous searches are kept for a minute: what is kept, for whom, and what ends it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from airbnb import shared_store as shared_store_module
from airbnb.domain.geo.coordinates import Box
from airbnb.domain.geo.zorder import MAX_Z, cell_of, cells_touched, z_key
from airbnb.extensions import shared_store
from airbnb.models.platform import ExchangeRate
from airbnb.queries import search_answers
from airbnb.schemas.search import SearchQuery
from airbnb.schemas.search_overviews import OverviewQuery
from airbnb.unit_of_work import in_transaction
from tests.factories.redis_servers import OwnRedis

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LISBON = "bbox=-10,38,-9,39"
ROADS = ("", "/map", "/facets")

pytestmark = pytest.mark.usefixtures("app_on_redis")


@pytest.fixture
def ask(client: FlaskClient) -> Callable[..., Any]:
    """Search as nobody in particular; returns the answer."""
    return lambda query, road="": client.get(f"/api/v1/listings{road}?{query}")


def came_from(answer: Any) -> str | None:
    assert answer.status_code == 200, answer.json
    found: str | None = answer.headers.get("X-Cache")
    return found


@pytest.mark.parametrize("road", ROADS)
def test_an_answer_is_given_again_without_a_statement(host, make_listing, ask, count_statements, count_trips, road):
    make_listing(host=host.user)
    first = ask(LISBON, road)
    count_statements.clear()
    count_trips()

    again = ask(LISBON, road)

    assert (came_from(first), came_from(again)) == ("miss", "hit")
    assert again.data == first.data
    # The trip that counts the request against its limit brings the answer, and takes the first one there.
    assert (len(count_statements), count_trips()) == (0, 1)


@pytest.mark.parametrize("query, trips", [(LISBON, 2), ("", 2), ("q=lisbon", 3)])
def test_a_search_that_is_not_kept_costs_two_trips_and_one_more_to_find_a_city(
    host, make_listing, ask, count_trips, query, trips
):
    make_listing(host=host.user)
    ask(f"{LISBON}&limit=5")  # the card is kept
    ask(f"{LISBON}&limit=6")
    count_trips()

    answer = ask(f"{query}&limit=7")

    assert (came_from(answer), len(answer.json["data"])) == ("miss", 1)
    assert count_trips() == trips


@pytest.mark.parametrize("road, query", [("", SearchQuery), ("/map", OverviewQuery), ("/facets", OverviewQuery)])
def test_a_query_is_read_once_for_what_rides_along_and_for_the_view(ask, monkeypatch, road, query):
    loads, load = [], query.load
    monkeypatch.setattr(query, "load", lambda self, *args, **more: loads.append(self) or load(self, *args, **more))

    assert came_from(ask(LISBON, road)) == "miss"

    assert len(loads) == 1


def test_requests_within_one_context_are_answered_each_for_itself(app, host, make_listing, ask):
    make_listing(host=host.user)
    with app.app_context():
        answers = [ask(query).json["page"]["total"] for query in (LISBON, "bbox=10,38,11,39", LISBON)]

    assert answers == [1, 0, 1]


def test_what_was_left_to_be_stored_is_dropped_when_no_trip_comes_soon(host, make_listing, ask, monkeypatch):
    make_listing(host=host.user)
    ask(LISBON)
    monkeypatch.setattr(shared_store_module, "LEFT_FOR_S", -1.0)

    assert came_from(ask(LISBON)) == "miss"


def test_an_answer_is_kept_once_however_the_search_is_written(host, make_listing, ask):
    make_listing(host=host.user)
    base = ask(f"{LISBON}&q=Loft&amenities=wifi,pool&sort=price")

    for same in (
        f"sort=price&amenities=pool,wifi&q=loft&{LISBON}",
        f"{LISBON}&q=%20LOFT%20&amenities=pool,wifi,pool&sort=price&adults=1&children=0&instant_book=false",
        "bbox=-10.0,38.0,-9,39.0&q=Loft&amenities=wifi,pool&sort=price&limit=20&rating_min=0&price_basis=nightly",
    ):
        assert came_from(ask(same)) == "hit", same
    for other in ("&limit=5", "&guests=2", "&pets=1", "&instant_book=true"):
        answer = ask(f"{LISBON}&q=Loft&amenities=wifi,pool&sort=price{other}")
        assert came_from(answer) == "miss", other
    assert came_from(base) == "miss"


def test_pages_of_an_answer_that_was_kept_go_on(host, make_listing, ask):
    listings = {str(make_listing(host=host.user).id) for _ in range(3)}
    ask(f"{LISBON}&limit=2&adults=1")

    first = ask(f"{LISBON}&limit=2")
    rest = ask(f"{LISBON}&limit=2&adults=1&cursor={first.json['page']['next_cursor']}")

    assert came_from(first) == "hit"
    assert {hit["id"] for hit in first.json["data"] + rest.json["data"]} == listings


@pytest.mark.parametrize("query", [LISBON, "q=Lisbon", "", "lat=38.7&lng=-9.1&radius_km=50"])
@pytest.mark.parametrize("road", ROADS)
def test_a_change_ends_the_answers_about_its_place(host, make_listing, ask, road, query):
    listing = make_listing(host=host.user)
    before = ask(query, road)
    assert came_from(ask(query, road)) == "hit"

    assert host.post(f"/listings/{listing.id}/unpublish").status_code == 200

    after = ask(query, road)
    assert came_from(after) == "miss"
    assert after.json != before.json


def test_a_listing_that_moves_ends_the_answers_of_both_places(host, make_listing, ask):
    listing = make_listing(host=host.user)
    there, elsewhere = "bbox=10,10,11,11", "bbox=100,10,101,11"
    for area in (LISBON, there, elsewhere):
        ask(area)

    place = {"latitude": 10.5, "longitude": 10.5}
    moved = host.patch(f"/listings/{listing.id}", json=place)

    assert moved.status_code == 200, moved.json
    assert [came_from(ask(area)) for area in (LISBON, there, elsewhere)] == ["miss", "miss", "hit"]
    assert [len(ask(area).json["data"]) for area in (LISBON, there)] == [0, 1]


def test_without_new_versions_an_answer_would_be_stale(host, make_listing, ask, monkeypatch):
    listing = make_listing(host=host.user, title="Before")
    ask(LISBON)

    with monkeypatch.context() as patch:
        patch.setattr(search_answers, "end_answers", lambda places: None)
        host.patch(f"/listings/{listing.id}", json={"title": "After"})
    stale = ask(LISBON)
    search_answers.end_answers({z_key(listing.public_latitude_e6, listing.public_longitude_e6)})

    assert (came_from(stale), stale.json["data"][0]["title"]) == ("hit", "Before")
    assert ask(LISBON).json["data"][0]["title"] == "After"


def test_what_changes_while_an_answer_is_made_ends_it(host, make_listing, ask, monkeypatch):
    listing = make_listing(host=host.user, title="Before")
    remember = search_answers.remember_answer

    def slow(*args: Any) -> None:
        host.patch(f"/listings/{listing.id}", json={"title": "After"})
        remember(*args)

    monkeypatch.setattr("airbnb.blueprints.search.remember_answer", slow)
    assert ask(LISBON).json["data"][0]["title"] == "Before"
    monkeypatch.undo()

    assert ask(LISBON).json["data"][0]["title"] == "After"


def test_mass_changes_end_every_answer(ask):
    ask(LISBON)
    search_answers.end_answers(range(search_answers.MOST_PLACES + 1))

    assert came_from(ask(LISBON)) == "miss"


def test_what_is_of_the_moment_or_of_the_reader_is_never_kept(guest, host, make_listing, ask, freeze):
    freeze(NOW)
    rate = ExchangeRate(base="EUR", quote="USD", on=date(2026, 5, 1), source="ecb", rate="1.25")
    in_transaction(lambda session: session.add(rate))
    make_listing(host=host.user)
    ask(LISBON)

    for query in ("check_in=2026-06-01&check_out=2026-06-05", "month=2026-06&nights=2", "currency=USD"):
        for road in ROADS:
            assert [came_from(ask(f"{LISBON}&{query}", road)) for _ in range(2)] == [None, None]
    signed_in = guest.get(f"/listings?{LISBON}")
    assert came_from(signed_in) is None
    assert "is_favorite" in signed_in.json["data"][0]
    assert "is_favorite" not in ask(LISBON).json["data"][0]


def test_answers_last_a_minute_and_are_bytes(host, make_listing, ask):
    make_listing(host=host.user)
    body = ask(LISBON).data
    [name] = shared_store().ask(lambda client: [key for key in client.keys("answers:*") if b"cell" not in key])

    assert 0 < shared_store().ask(lambda client: client.ttl(name)) <= search_answers.LIFETIME_S == 60
    assert shared_store().ask(lambda client: client.get(name)).endswith(b"\n" + body)


def test_refusals_are_not_kept(ask):
    for _ in range(2):
        assert ask("place_id=1").status_code == 422


def test_without_redis_every_search_is_made_anew(host, make_listing, ask, app_on_redis: OwnRedis):
    listing = make_listing(host=host.user, title="Before")
    ask(LISBON)
    app_on_redis.kill()

    assert came_from(ask(LISBON)) == "miss"
    host.patch(f"/listings/{listing.id}", json={"title": "After"})
    assert ask(LISBON).json["data"][0]["title"] == "After"


@pytest.mark.parametrize(
    "box",
    [Box(0, 0, 0, 0), Box(-90_000_000, -180_000_000, 90_000_000, 180_000_000), Box(10, 179_000_000, 20, -179_000_000)],
)
@pytest.mark.parametrize("bits", search_answers.LEVELS)
def test_the_cells_of_a_box_hold_its_corners(box, bits):
    cells = cells_touched(box, bits, 1 << 30) if bits < 8 else cells_touched(box, bits, 4)
    corners = [(lat, lng) for lat in (box.south, box.north) for lng in (box.west, box.east)]

    assert cell_of(MAX_Z, bits) == (1 << 2 * bits) - 1
    assert cells is None or {cell_of(z_key(*corner), bits) for corner in corners} <= set(cells)
