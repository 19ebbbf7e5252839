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
from airbnb.services.search_overviews import facets_of, map_of, map_of_pins, pins_of
from airbnb.unit_of_work import reading

bp = Blueprint("search", __name__, url_prefix="/listings", description="Search")

#: Makes the body of an answer.
Write = Callable[[Session, Meant, datetime], bytes]


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

    def write(session: Session, meant: Meant, now: datetime) -> bytes:
        return orjson.dumps(map_of(session, meant, market=_market(), now=now))

    return _map_of_kept_pins(args) or _answer(args, write)


@bp.route("/facets", methods=["GET"])
@public
@bp.arguments(OverviewQuery, location="query")
@bp.response(200, FacetsSchema)
def search_facets(args: dict[str, Any]) -> Response:
    """Count what a search finds by what it has and what it costs."""
    return _answer(args, lambda session, meant, now: orjson.dumps(facets_of(session, meant, market=_market(), now=now)))


def _answer(args: dict[str, Any], write: Write) -> Response:
    """Answer with what is kept for everybody, else with what ``write`` makes of the search."""
    name = name_of_answer(request.path, args) if optional_user() is None else None
    kept = recall_answer(name) if name is not None else None
    body = kept or _made(name, args, write)
    headers = {} if name is None else {"X-Cache": "miss" if kept is None else "hit"}
    return Response(body, mimetype="application/json", headers=headers)


def _map_of_kept_pins(args: dict[str, Any]) -> Response | None:
    """Answer with those pins of a wider box that lie in the box asked for; None where there are too many or no store.

    The wider box has its edges on a grid, so that a map that is moved a little asks for the same.
    """
    if "bbox" not in args or optional_user() is not None:
        return None
    wider = {**args, "bbox": args["bbox"].snapped_outward()}
    name = name_of_answer(f"{request.path}/pins", wider)
    if name is None:
        return None

    def write(session: Session, meant: Meant, now: datetime) -> bytes:
        return orjson.dumps(pins_of(session, meant, market=_market(), now=now))

    kept = recall_answer(name)
    pins = orjson.loads(kept or _made(name, wider, write, only_to_keep=True))
    if pins is None:
        return None
    body = orjson.dumps(map_of_pins(pins, within=args["bbox"]))
    return Response(body, mimetype="application/json", headers={"X-Cache": "miss" if kept is None else "hit"})


def _made(name: str | None, args: dict[str, Any], write: Write, *, only_to_keep: bool = False) -> bytes:
    """Return what ``write`` makes of a search, and keep it; null for what can't be kept and only should be."""
    now = clock.now()
    with reading() as session:
        meant = understand(session, args, market=_market(), now=now)
        # Read before the search: what changes meanwhile makes the answer one that nobody is given.
        versions = None if name is None else versions_over(smallest_area(meant.criteria))
        if only_to_keep and versions is None:
            return b"null"
        body = write(session, meant, now)
    if name is not None and versions is not None:
        remember_answer(name, body, versions)
    return body


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
