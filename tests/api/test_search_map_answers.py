"""A map that is moved a little is answered from the pins that are kept, and reads as if it had been searched."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from airbnb.domain.geo.coordinates import MAX_LAT_E6, MAX_LNG_E6, Box, to_e6
from airbnb.domain.ids import new_id
from airbnb.models.listings import Listing
from airbnb.queries import search_maps
from airbnb.services.search_projection import refresh_listings
from airbnb.unit_of_work import in_transaction
from tests.factories.listings import listing_values

pytestmark = pytest.mark.usefixtures("app_on_redis")


@pytest.fixture
def ask(client: FlaskClient) -> Callable[..., Any]:
    """Ask for the map of a box, as nobody in particular."""

    def call(*box: float) -> Any:
        answer = client.get(f"/api/v1/listings/map?bbox={','.join(map(str, box))}")
        assert answer.status_code == 200, answer.json
        return answer

    return call


def scatter(host: Any, number: int) -> None:
    dice, rows = random.Random(7), []
    for _ in range(number):
        lat, lng = to_e6(dice.uniform(10, 11)), to_e6(dice.uniform(20, 21))
        place = {"latitude_e6": lat, "longitude_e6": lng, "public_latitude_e6": lat, "public_longitude_e6": lng}
        rows.append(Listing(id=new_id(), host_id=host.user.id, **{**listing_values(), **place}))

    def work(session: Session) -> None:
        session.add_all(rows)
        session.flush()
        refresh_listings(session, [row.id for row in rows])

    in_transaction(work)


def test_a_map_that_is_moved_a_little_finds_its_pins_kept(host, ask, count_statements, app_on_redis):
    scatter(host, 60)
    boxes = [(20.21 + shift, 10.21, 20.79 + shift, 10.79) for shift in (0, 0.01, 0.02, 0.04)]
    first = ask(*boxes[0])
    count_statements.clear()

    moved = [ask(*box) for box in boxes[1:]]

    assert (first.headers["X-Cache"], {one.headers["X-Cache"] for one in moved}) == ("miss", {"hit"})
    assert count_statements == []
    app_on_redis.kill()
    searched = [ask(*box) for box in boxes]
    assert [one.data for one in searched] == [one.data for one in (first, *moved)]
    assert len({one.data for one in searched}) > 1
    assert 0 < len(first.json["pins"]) < 60


def test_a_box_around_few_within_one_around_many_shows_pins(host, ask, monkeypatch):
    monkeypatch.setattr(search_maps, "MOST_PINS", 30)
    scatter(host, 60)

    few, many = (20.3, 10.3, 20.9, 10.9), (20, 10, 21, 11)
    answers = [ask(*box) for box in (few, many, few, many)]

    assert [one.json["kind"] for one in answers] == ["pins", "clusters"] * 2
    assert [one.headers["X-Cache"] for one in answers] == ["miss", "miss", "hit", "hit"]


def test_pins_that_are_kept_end_with_a_change_in_the_wider_box(host, make_listing, ask):
    listing = make_listing(host=host.user)
    box = (-10, 38, -9, 39)
    assert [len(ask(*box).json["pins"]) for _ in range(2)] == [1, 1]

    assert host.post(f"/listings/{listing.id}/unpublish").status_code == 200

    assert ask(*box).json["pins"] == []


@pytest.mark.parametrize("seed", range(20))
def test_a_snapped_box_is_around_the_box_and_hardly_wider(seed):
    dice = random.Random(seed)
    for _ in range(50):
        south, north = sorted(dice.randint(-MAX_LAT_E6, MAX_LAT_E6) for _ in range(2))
        west = dice.randint(-MAX_LNG_E6, MAX_LNG_E6)
        east = min(west + dice.choice([0, 1, 7, 1_000, 300_000, 90_000_000]), MAX_LNG_E6)
        box = Box(south, west, north, east)
        wider, step = box.snapped_outward(), max(north - south, east - west) // 4 + 1

        assert south - step <= wider.south <= south <= north <= wider.north <= north + step
        assert west - step <= wider.west <= west <= east <= wider.east <= east + step
        assert wider.snapped_outward().contains(south, west)


def test_a_box_over_the_antimeridian_stays_as_it_is():
    box = Box(-5, 179_000_000, 5, -179_000_000)

    assert box.snapped_outward() == box
