"""Statements that are built once: searches of one shape share theirs, and each gets its own answer."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from airbnb.domain.geo.coordinates import Box
from airbnb.domain.paging import PageRequest
from airbnb.domain.search_criteria import Criteria
from airbnb.domain.statuses import NightKind
from airbnb.domain.stays import Stay
from airbnb.models.calendar import BookedNight
from airbnb.queries import search
from airbnb.queries.prepared import Prepared, column_named, number, text
from airbnb.queries.search_matches import ask
from airbnb.services.search_projection import refresh_listing
from airbnb.unit_of_work import in_transaction, reading

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


@pytest.mark.parametrize("asked, found", [("one", 1), ("other", 2)])
def test_a_column_may_be_named_with_the_values(app, asked, found):
    rows = select(literal(1).label("one"), literal(2).label("other")).subquery("rows")
    statement = Prepared(select(column_named("wanted")).select_from(rows))

    with reading() as session:
        assert statement.run(session.connection(), {"wanted": asked}).scalar_one() == found


@pytest.mark.parametrize(
    "first, other, alike",
    [
        (Stay(date(2026, 6, 1), date(2026, 6, 4)), Stay(date(2027, 3, 1), date(2027, 3, 6)), True),
        (Stay(date(2026, 6, 28), date(2026, 7, 4)), Stay(date(2026, 12, 30), date(2027, 1, 2)), True),
        # The masks of months are used in a circle, which begins anew with this February.
        (Stay(date(2026, 6, 28), date(2026, 7, 4)), Stay(date(2027, 1, 28), date(2027, 2, 3)), True),
        (Stay(date(2026, 6, 1), date(2026, 6, 4)), Stay(date(2026, 6, 28), date(2026, 7, 4)), False),
        (Stay(date(2026, 6, 1), date(2026, 6, 4)), Stay(date(2026, 6, 1), date(2026, 6, 9)), False),
    ],
)
def test_stays_of_any_months_share_a_statement_where_they_lie_alike(app, first, other, alike):
    one, two = (ask("sqlite", replace(IN_LISBON, stays=(stay,)), now=NOW).shape for stay in (first, other))

    assert (one == two) is alike


def test_searches_that_share_a_statement_look_into_their_own_month(app, host, make_listing, freeze):
    freeze(NOW)
    taken, free = make_listing(host=host.user), make_listing(host=host.user)
    nights = [date(2026, 6, 2), date(2027, 3, 3)]

    def take(session: Session) -> None:
        session.add_all(BookedNight(listing_id=taken.id, night=night, kind=NightKind.BLOCK) for night in nights)
        session.flush()
        refresh_listing(session, taken.id)

    in_transaction(take)
    everyone, page = {taken.id, free.id}, PageRequest(limit=20, after=None)
    search._page_statement.cache_clear()

    def find(stay: Stay) -> set[int]:
        criteria = replace(IN_LISBON, stays=(stay,))
        with reading() as session:
            return {row.id for row in search.find_hits(session.connection(), criteria, page, now=NOW).rows}

    assert find(Stay(date(2026, 6, 2), date(2026, 6, 4))) == {free.id}
    assert find(Stay(date(2026, 9, 2), date(2026, 9, 4))) == everyone
    assert find(Stay(date(2027, 3, 2), date(2027, 3, 4))) == {free.id}
    assert search._page_statement.cache_info().misses == 1


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
