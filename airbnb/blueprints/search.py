"""Search: published listings by place, dates, guests, price and what they offer."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from flask import Response, request
from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import optional_user, public
from airbnb.blueprints.http.paging import encode_cursor, page_request
from airbnb.domain import clock
from airbnb.extensions import current_settings
from airbnb.queries.search_answers import name_of_answer, recall_answer, remember_answer, versions_over
from airbnb.queries.search_area import smallest_area
from airbnb.schemas.search import SearchAnswerSchema, SearchQuery
from airbnb.schemas.search_overviews import FacetsSchema, OverviewQuery, SearchMapSchema
from airbnb.services.places import place_bbox, place_label
from airbnb.services.quotes import fees_in_force
from airbnb.services.search import Found, join_hits, search_listings
from airbnb.services.search_criteria import Market, Meant, understand
from airbnb.services.search_overviews import facets_of, map_of
from airbnb.unit_of_work import reading

bp = Blueprint("search", __name__, url_prefix="/listings", description="Search")


@bp.route("", methods=["GET"])
@public
@bp.arguments(SearchQuery, location="query")
@bp.response(200, SearchAnswerSchema)
def search(args: dict[str, Any]) -> Response:
    """Find published listings; with dates, those that can be booked for them."""
    reader = optional_user()

    def write(session: Session, meant: Meant, now: datetime) -> bytes:
        page, reader_id = page_request(args), None if reader is None else reader.id
        found = search_listings(session, meant, page, market=_market(), now=now, reader_id=reader_id)
        # The cards are JSON already: taking them apart to dump them again would cost more than the search.
        return join_hits(found.hits, _beside(found, args))

    return _answer(args, write)


@bp.route("/map", methods=["GET"])
@public
@bp.arguments(OverviewQuery, location="query")
@bp.response(200, SearchMapSchema)
def search_map(args: dict[str, Any]) -> Response:
    """Show on a map what a search finds: pins, or clusters where they are many."""
    return _answer(args, lambda session, meant, now: orjson.dumps(map_of(session, meant, market=_market(), now=now)))


@bp.route("/facets", methods=["GET"])
@public
@bp.arguments(OverviewQuery, location="query")
@bp.response(200, FacetsSchema)
def search_facets(args: dict[str, Any]) -> Response:
    """Count what a search finds by what it has and what it costs."""
    return _answer(args, lambda session, meant, now: orjson.dumps(facets_of(session, meant, market=_market(), now=now)))


def _answer(args: dict[str, Any], write: Callable[[Session, Meant, datetime], bytes]) -> Response:
    """Answer with what is kept for everybody, else with what ``write`` makes of the search."""
    name = name_of_answer(request.path, args) if optional_user() is None else None
    body = recall_answer(name) if name is not None else None
    was_kept = body is not None
    if body is None:
        now = clock.now()
        with reading() as session:
            meant = understand(session, args, market=_market(), now=now)
            # Read before the search: what changes meanwhile makes the answer one that nobody is given.
            versions = versions_over(smallest_area(meant.criteria)) if name is not None else None
            body = write(session, meant, now)
        if name is not None and versions is not None:
            remember_answer(name, body, versions)
    headers = {} if name is None else {"X-Cache": "hit" if was_kept else "miss"}
    return Response(body, mimetype="application/json", headers=headers)


def _market() -> Market:
    settings = current_settings()
    return Market(settlement=settings.default_currency, fees=fees_in_force(settings))


def _beside(found: Found, args: dict[str, Any]) -> dict[str, Any]:
    page = {
        "limit": args["limit"],
        "next_cursor": None if found.next_key is None else encode_cursor(found.next_key, args),
        "total": found.total,
        "total_is_capped": found.total_is_capped,
    }
    return {"page": page, "meta": _meta(found.meant)}


def _meta(meant: Meant) -> dict[str, Any]:
    meta: dict[str, Any] = {"currency": meant.currency}
    if meant.place is not None:
        meta["place"] = {"label": place_label(meant.place), "bbox": place_bbox(meant.place)}
    return meta
