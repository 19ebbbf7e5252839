"""Search: published listings by place, dates, guests, price and what they offer."""

from typing import Any

from flask import Response

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import public
from airbnb.blueprints.http.paging import encode_cursor, page_request
from airbnb.domain import clock
from airbnb.extensions import current_settings
from airbnb.schemas.search import SearchAnswerSchema, SearchQuery
from airbnb.services.places import place_bbox, place_label
from airbnb.services.quotes import fees_in_force
from airbnb.services.search import Found, Market, join_hits, search_listings
from airbnb.unit_of_work import reading

bp = Blueprint("search", __name__, url_prefix="/listings", description="Search")


@bp.route("", methods=["GET"])
@public
@bp.arguments(SearchQuery, location="query")
@bp.response(200, SearchAnswerSchema)
def search(args: dict[str, Any]) -> Response:
    """Find published listings; with dates, those that can be booked for them."""
    settings = current_settings()
    market = Market(settlement=settings.default_currency, fees=fees_in_force(settings))
    with reading() as session:
        found = search_listings(session, args, page_request(args), market=market, now=clock.now())
    # The cards are JSON already: taking them apart to dump them again would cost more than the search.
    return Response(join_hits(found.hits, _beside(found, args)), mimetype="application/json")


def _beside(found: Found, args: dict[str, Any]) -> dict[str, Any]:
    page = {
        "limit": args["limit"],
        "next_cursor": None if found.next_key is None else encode_cursor(found.next_key, args),
        "total": found.total,
        "total_is_capped": found.total_is_capped,
    }
    meta: dict[str, Any] = {"currency": found.currency}
    if found.place is not None:
        meta["place"] = {"label": place_label(found.place), "bbox": place_bbox(found.place)}
    return {"page": page, "meta": meta}
