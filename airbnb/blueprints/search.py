"""Search: published listings by place, dates, guests, price and what they offer."""

from typing import Any

import orjson
from flask import Response

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import optional_user, public
from airbnb.blueprints.http.paging import encode_cursor, page_request
from airbnb.domain import clock
from airbnb.extensions import current_settings
from airbnb.schemas.search import SearchAnswerSchema, SearchQuery
from airbnb.schemas.search_overviews import FacetsSchema, OverviewQuery, SearchMapSchema
from airbnb.services.places import place_bbox, place_label
from airbnb.services.quotes import fees_in_force
from airbnb.services.search import Found, join_hits, search_listings
from airbnb.services.search_criteria import Market, Meant
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
    with reading() as session:
        found = search_listings(
            session,
            args,
            page_request(args),
            market=_market(),
            now=clock.now(),
            reader_id=None if reader is None else reader.id,
        )
    # The cards are JSON already: taking them apart to dump them again would cost more than the search.
    return Response(join_hits(found.hits, _beside(found, args)), mimetype="application/json")


@bp.route("/map", methods=["GET"])
@public
@bp.arguments(OverviewQuery, location="query")
@bp.response(200, SearchMapSchema)
def search_map(args: dict[str, Any]) -> Response:
    """Show on a map what a search finds: pins, or clusters where they are many."""
    with reading() as session:
        return _answer(map_of(session, args, market=_market(), now=clock.now()))


@bp.route("/facets", methods=["GET"])
@public
@bp.arguments(OverviewQuery, location="query")
@bp.response(200, FacetsSchema)
def search_facets(args: dict[str, Any]) -> Response:
    """Count what a search finds by what it has and what it costs."""
    with reading() as session:
        return _answer(facets_of(session, args, market=_market(), now=clock.now()))


def _answer(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), mimetype="application/json")


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
