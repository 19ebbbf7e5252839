"""Routes that only a benchmark has, beside the product's: what search is measured against."""

from collections.abc import Callable
from functools import cache
from typing import Any

import orjson
from flask import Flask, Response, request
from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from airbnb.blueprints.http.identity import public, requires
from airbnb.domain import clock
from airbnb.domain.geo.coordinates import from_e6
from airbnb.domain.money import Money
from airbnb.extensions import limiter
from airbnb.models.listings import Listing
from airbnb.models.search import SearchDocument
from airbnb.queries.search import HitRow, find_hits
from airbnb.queries.search_cards import cards_of_hits
from airbnb.schemas.search import ListingCardSchema, SearchQuery
from airbnb.services.photo_urls import photo_urls
from airbnb.services.search import join_hits
from airbnb.services.search_criteria import Market, understand
from airbnb.unit_of_work import reading
from benchmarks.search_sql import PAGE

LOADED = (selectinload(Listing.photos), selectinload(Listing.amenities), selectinload(Listing.figures))


class OrmCardSchema(ListingCardSchema):
    """A card with the listing's amenities, as an ORM endpoint would dump it."""

    amenities = fields.List(fields.String())


class AnswerSchema(Schema):
    """The yardstick's answer."""

    data = fields.List(fields.Nested(OrmCardSchema))
    total = fields.Integer()


def add_routes(app: Flask, market: Market) -> None:
    """Add ``/hello``, ``/signed-in``, ``/cards``, ``/sql`` and ``/orm``."""

    def only_sql() -> Response:
        return _only_sql(market)

    def orm() -> dict[str, Any]:
        return _orm(market)

    routes: dict[str, Callable[..., Any]] = {
        "/hello": limiter.exempt(_hello),
        "/signed-in": requires()(_hello),
        "/cards": public(_cards),
        "/sql": limiter.exempt(only_sql),
        "/orm": limiter.exempt(orm),
    }
    for path, view in routes.items():
        app.add_url_rule(path, path.strip("/"), view)


def _hello() -> dict[str, str]:
    return {"hello": "world"}


def _cards() -> Response:
    """Give twenty full cards, the same each time, so that they are warm."""
    with reading() as session:
        rows = _first_rows()
        cards = cards_of_hits(session.connection(), rows)
    return Response(join_hits([cards[row.id] for row in rows], {"total": len(cards)}), mimetype="application/json")


@cache
def _first_rows() -> list[HitRow]:
    columns = SearchDocument.id, SearchDocument.lat_e6, SearchDocument.lng_e6, SearchDocument.card_version
    with reading() as session:
        rows = session.execute(select(*columns).limit(PAGE.limit)).all()
    return [HitRow(*row, stay=0, is_favorite=None) for row in rows]


def _only_sql(market: Market) -> Response:
    """Run the search's statement and show nothing of what it found but the count."""
    now = clock.now()
    with reading() as session:
        criteria = understand(session, SearchQuery().load(request.args.to_dict()), market=market, now=now).criteria
        hits = find_hits(session.connection(), criteria, PAGE, now=now)
    return Response(orjson.dumps({"total": hits.total}), mimetype="application/json")


def _orm(market: Market) -> dict[str, Any]:
    """Answer as most would write it: the same statement, then listings with their parts, dumped by a schema."""
    now = clock.now()
    with reading() as session:
        criteria = understand(session, SearchQuery().load(request.args.to_dict()), market=market, now=now).criteria
        hits = find_hits(session.connection(), criteria, PAGE, now=now)
        statement = select(Listing).where(Listing.id.in_([row.id for row in hits.rows])).options(*LOADED)
        found = {listing.id: listing for listing in session.scalars(statement)}
        cards = [_card(found[row.id]) for row in hits.rows]
        dumped: dict[str, Any] = AnswerSchema().dump({"data": cards, "total": hits.total})
    return dumped


def _card(listing: Listing) -> dict[str, Any]:
    photos = [
        {
            "id": photo.id, "status": photo.status, "urls": photo_urls(photo.base_key), "width": photo.width,
            "height": photo.height, "caption": photo.caption, "alt_text": photo.alt_text, "position": photo.position,
        }
        for photo in listing.photos
    ]  # fmt: skip
    figures = listing.figures
    return {
        "id": listing.id,
        "title": listing.title,
        "property_type": listing.property_type,
        "room_type": listing.room_type,
        "city": listing.city,
        "country_code": listing.country_code,
        "latitude": from_e6(listing.public_latitude_e6),
        "longitude": from_e6(listing.public_longitude_e6),
        "max_guests": listing.max_guests,
        "bedrooms": listing.bedrooms,
        "beds": listing.beds,
        "bathrooms": listing.bathroom_halves / 2,
        "nightly_price": Money(listing.nightly_price_minor or 0, listing.currency),
        "rating": figures.rating_sum / figures.review_count if figures and figures.review_count else None,
        "review_count": figures.review_count if figures else 0,
        "instant_book": listing.instant_book,
        "cover_photo": photos[0] if photos else None,
        "photos": photos,
        "amenities": [amenity.slug for amenity in listing.amenities],
    }
