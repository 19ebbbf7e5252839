"""Statements that are built once: searches of one shape share theirs, and each gets its own answer."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import literal, select

from airbnb.domain.geo.coordinates import Box
from airbnb.domain.paging import PageRequest
from airbnb.domain.search_criteria import Criteria
from airbnb.domain.stays import Stay
from airbnb.queries import search
from airbnb.queries.prepared import Prepared, number, text
from airbnb.queries.search_matches import ask
from airbnb.unit_of_work import reading

NOW = datetime(2026, 5, 15, 12, tzinfo=UTC)
IN_LISBON = Criteria(
    boxes=(Box.from_degrees(38.6, -9.3, 38.9, -9.0),), stays=(Stay(date(2026, 6, 1), date(2026, 6, 4)),), guests=2
)
IN_PORTO = Criteria(
    boxes=(Box.from_degrees(41.1, -8.7, 41.3, -8.5),), stays=(Stay(date(2026, 6, 9), date(2026, 6, 11)),), guests=1
)


def test_a_prepared_statement_takes_new_values_each_time_and_keeps_its_constants(app):
    statement = Prepared(select(number("one") + literal(1), text("word"), number("one")))

    with reading() as session:
        rows = [tuple(statement.run(session.connection(), {"one": one, "word": "a%b"}).one()) for one in (1, 41)]

    assert rows == [(2, "a%b", 1), (42, "a%b", 41)]


def test_a_missing_value_is_an_error(app):
    with reading() as session, pytest.raises(KeyError, match="one"):
        Prepared(select(number("one"))).run(session.connection(), {})


def test_searches_of_one_shape_share_a_statement_and_others_do_not(app):
    def shape(criteria: Criteria) -> object:
        return ask("sqlite", criteria, now=NOW).shape

    assert shape(IN_LISBON) == shape(IN_PORTO)
    assert shape(IN_LISBON) != shape(Criteria(boxes=IN_LISBON.boxes))
    assert shape(IN_LISBON) != shape(Criteria(boxes=IN_LISBON.boxes, stays=IN_LISBON.stays, guests=2, price_max=9))


def test_a_search_of_a_known_shape_builds_nothing_and_finds_its_own(app, host, make_listing, freeze):
    freeze(NOW)
    lisbon, porto = (
        make_listing(host=host.user),
        make_listing(host=host.user, city="Porto", latitude_e6=41_200_000, longitude_e6=-8_600_000),
    )
    page = PageRequest(limit=20, after=None)

    def find(criteria: Criteria) -> list[int]:
        with reading() as session:
            return [row.id for row in search.find_hits(session.connection(), criteria, page, now=NOW).rows]

    search._page_statement.cache_clear()
    found = [find(criteria) for criteria in (IN_LISBON, IN_PORTO, IN_LISBON)]

    assert found == [[lisbon.id], [porto.id], [lisbon.id]]
    assert search._page_statement.cache_info().misses == 1
