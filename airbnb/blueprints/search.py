"""Search: published listings by place, dates, guests, price and what they offer."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import optional_user, public
from airbnb.blueprints.http.paging import encode_cursor, page_request
from airbnb.blueprints.http.rides import answer_of, rides_along
from airbnb.domain import clock
from airbnb.domain.errors import DomainError
from airbnb.domain.figures import Figure
from airbnb.extensions import current_settings
from airbnb.queries.search_answers import (
    Recalled,
    Versions,
    name_of_answer,
    read_recalled,
    recall_answer,
    recall_command,
    remember_answer,
    versions_over,
)
from airbnb.queries.search_area import smallest_area
from airbnb.schemas.search import FilterQuery, SearchAnswerSchema, SearchQuery
from airbnb.schemas.search_overviews import FacetsSchema, OverviewQuery, SearchMapSchema
from airbnb.services.places import place_bbox, place_label
from airbnb.services.quotes import fees_in_force
from airbnb.services.search import Found, join_hits, search_listings
from airbnb.services.search_criteria import Market, Meant, area_asked, refuse_too_wide, understand
from airbnb.services.search_overviews import facets_of, map_of, map_of_pins, pins_of
from airbnb.shared_store import Command
from airbnb.unit_of_work import reading
from airbnb.workflows.figures import happened

bp = Blueprint("search", __name__, url_prefix="/listings", description="Search")

MAP = "search.search_map"
#: Makes the body of an answer.
Write = Callable[[Session, Meant, datetime], bytes]


@bp.route("", methods=["GET"])
@public
@bp.arguments(SearchQuery, location="query")
@bp.response(200, SearchAnswerSchema)
def search(args: dict[str, Any]) -> Response:
    """Find published listings; with dates, those that can be booked for them."""
    reader = optional_user()
    happened(Figure.SEARCHES)

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
    recalled = Recalled(None, None) if name is None else _recall(name, args)
    body = recalled.body or _made(name, args, write, recalled.versions)
    headers = {} if name is None else {"X-Cache": "miss" if recalled.body is None else "hit"}
    return Response(body, mimetype="application/json", headers=headers)


def _map_of_kept_pins(args: dict[str, Any]) -> Response | None:
    """Answer with those pins of a wider box that lie in the box asked for; None where there are too many or no store.

    The wider box has its edges on a grid, so that a map that is moved a little asks for the same.
    """
    wider = _wider(args)
    if wider is None or optional_user() is not None:
        return None
    name = name_of_answer(_path_of_pins(), wider)
    if name is None:
        return None

    def write(session: Session, meant: Meant, now: datetime) -> bytes:
        return orjson.dumps(pins_of(session, meant, market=_market(), now=now))

    recalled = _recall(name, wider)
    pins = orjson.loads(recalled.body or _made(name, wider, write, recalled.versions, only_to_keep=True))
    if pins is None:
        return None
    body = orjson.dumps(map_of_pins(pins, within=args["bbox"]))
    headers = {"X-Cache": "miss" if recalled.body is None else "hit"}
    return Response(body, mimetype="application/json", headers=headers)


def _wider(args: dict[str, Any]) -> dict[str, Any] | None:
    return {**args, "bbox": args["bbox"].snapped_outward()} if "bbox" in args else None


def _path_of_pins() -> str:
    return f"{request.path}/pins"


def _names_a_city(args: dict[str, Any]) -> bool:
    return "place_id" in args or "q" in args


def _recall(name: str, args: dict[str, Any]) -> Recalled:
    """Return what is kept under a name: as a rule it came along when the request was counted."""
    came = answer_of(name)
    if came is not None and isinstance(came[0], bytes):
        return Recalled(came[0], None)
    area = None if _names_a_city(args) else area_asked(args)
    recalled = recall_answer(name, area) if came is None else read_recalled(came[0], area)
    # Where a city lies is known only after the database was asked.
    return recalled._replace(versions=None) if _names_a_city(args) else recalled


def _asked_along(schema: FilterQuery) -> Mapping[str, Command]:
    """Return what an anonymous search asks the store for, by the names of the answers."""
    if "Authorization" in request.headers:
        return {}
    try:
        args = bp.ARGUMENTS_PARSER.parse(schema, request, location="query")
    except (HTTPException, DomainError):
        return {}  # the view is about to say so
    asked = [(request.path, args)]
    wider = _wider(args) if request.endpoint == MAP else None
    asked += [(_path_of_pins(), wider)] if wider is not None else []
    named = ((name_of_answer(path, one), one) for path, one in asked)
    return {
        name: recall_command(name, None if _names_a_city(one) else area_asked(one))
        for name, one in named
        if name is not None
    }


rides_along("search.search", partial(_asked_along, SearchQuery()))
rides_along(MAP, partial(_asked_along, OverviewQuery()))
rides_along("search.search_facets", partial(_asked_along, OverviewQuery()))


def _made(
    name: str | None, args: dict[str, Any], write: Write, versions: Versions | None, *, only_to_keep: bool = False
) -> bytes:
    """Return what ``write`` makes of a search, and keep it; null for what can't be kept and only should be."""
    now = clock.now()
    with reading() as session:
        meant = understand(session, args, market=_market(), now=now)
        if name is not None and versions is None:
            # Read before the search: what changes meanwhile makes the answer one that nobody is given.
            versions = versions_over(smallest_area(meant.criteria))
        if only_to_keep and versions is None:
            return b"null"
        refuse_too_wide(session, meant.criteria)
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
