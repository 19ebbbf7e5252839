"""The synthetic worlds of the benchmarks: what search's own audit says of them, and that each holds the smaller."""

import pytest
from sqlalchemy import func, select

from airbnb.blueprints.search import _market
from airbnb.domain import clock
from airbnb.models.calendar import BookedNight, CalendarOverride
from airbnb.models.search import SearchDocument
from airbnb.services.search_upkeep import find_search_faults
from airbnb.unit_of_work import reading
from benchmarks.search_routes import add_routes
from benchmarks.worlds_load import keys_in
from benchmarks.worlds_plan import CITIES, ZIPF, choose_cities, make_pools, plan_block
from benchmarks.worlds_server import world

LISTINGS = 150
#: Far enough apart, along the equator and two parallels.
PLACES = [(f"City {number}", "KE", 2_000_000 * (number // 150), 1_000_000 * (number % 150)) for number in range(CITIES)]


@pytest.mark.slow
def test_a_world_equals_its_sources(tmp_path):
    with world("sqlite", LISTINGS, tmp_path), reading() as session:
        counts = [
            session.scalar(select(func.count()).select_from(model))
            for model in (SearchDocument, BookedNight, CalendarOverride)
        ]
        faults = find_search_faults(session, now=clock.now())

    assert faults == []
    assert counts[0] == LISTINGS
    assert all(count > LISTINGS for count in counts[1:])


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/hello", "/cards", "/sql?guests=2", "/orm?guests=2"])
def test_what_search_is_measured_against_answers(tmp_path, path):
    with world("sqlite", LISTINGS, tmp_path) as app:
        add_routes(app, _market())

        assert app.test_client().get(path).status_code == 200


def test_a_small_world_is_the_beginning_of_a_large_one():
    cities, pools = choose_cities(PLACES), make_pools()

    small, large = (list(plan_block(cities, pools, 0, count)) for count in (50, 200))

    assert large[:50] == small
    assert large[50:100] != small
    assert list(plan_block(cities, pools, 1, 50)) != small


def test_cities_fall_in_size_by_zipfs_law():
    cities = choose_cities(PLACES)

    assert sum(city.share for city in cities) == pytest.approx(1)
    assert cities[0].share / cities[99].share == pytest.approx(100**ZIPF)
    assert cities[0].share == pytest.approx(0.048, abs=0.005)


def test_pools_are_as_full_as_the_page_says():
    pools = make_pools()

    def mean(pool: list[list[object]]) -> float:
        return sum(map(len, pool)) / len(pool)

    assert mean(pools.calendars) == pytest.approx(40, abs=2)
    assert mean(pools.overrides) == pytest.approx(15, abs=2)
    assert mean(pools.amenities) == pytest.approx(19, abs=2)


def test_only_keys_that_can_be_added_later_are_taken_away():
    created = "\n".join(
        [
            "CREATE TABLE `nights` (",
            "  `id` bigint(20) NOT NULL,",
            "  PRIMARY KEY (`id`),",
            "  UNIQUE KEY `uq_one` (`one`),",
            "  KEY `ix_other` (`other`),",
            "  CONSTRAINT `fk_other` FOREIGN KEY (`other`) REFERENCES `others` (`id`),",
            "  CONSTRAINT `ck_one` CHECK (`one` > 0)",
            ") ENGINE=InnoDB",
        ]
    )

    keys, references = keys_in(created)

    assert keys == ["UNIQUE KEY `uq_one` (`one`)", "KEY `ix_other` (`other`)"]
    assert references == ["CONSTRAINT `fk_other` FOREIGN KEY (`other`) REFERENCES `others` (`id`)"]
