"""What a host sets for spans of dates: seasons with prices of their own, and promotions.

Source: docs/rules/prices.md.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.errors import InvalidTransition, ValidationFailed
from airbnb.domain.money import Money
from airbnb.domain.statuses import ListingStatus
from airbnb.models.calendar import Promotion, Season
from airbnb.models.listings import Listing
from airbnb.queries.seasons import replace_rows
from airbnb.services.search_projection import refresh_listing

MOST = 100
PRICES = ("nightly_price", "weekend_price")


def set_seasons(session: Session, listing: Listing, seasons: Sequence[Mapping[str, Any]]) -> None:
    """Make these a listing's seasons, and no others.

    Needs: the listing's row is locked.
    Raises: ValidationFailed for an empty span, for seasons that overlap, or for another currency.
    Writes: seasons, and search.
    """
    _check_spans(listing, seasons)
    _check_overlaps(seasons)
    for index, season in enumerate(seasons):
        for name in PRICES:
            price: Money | None = season.get(name)
            if price is not None and price.currency != listing.currency:
                raise ValidationFailed({f"{index}.{name}.currency": [f"Prices here are in {listing.currency}."]})
    rows = [_season(listing.id, season) for season in seasons]
    replace_rows(session, Season, listing.id, rows)
    if listing.status is ListingStatus.PUBLISHED:
        refresh_listing(session, listing.id)


def set_promotions(session: Session, listing: Listing, promotions: Sequence[Mapping[str, Any]]) -> None:
    """Make these a listing's promotions, and no others; where they overlap the larger one counts.

    Needs: the listing's row is locked.
    Raises: ValidationFailed for an empty span.
    """
    _check_spans(listing, promotions)
    rows = [
        Promotion(
            listing_id=listing.id,
            name=one["name"],
            starts_on=one["starts_on"],
            ends_on=one["ends_on"],
            percent=one["percent"],
        )
        for one in promotions
    ]
    replace_rows(session, Promotion, listing.id, rows)


def season_dict(season: Season, currency: str) -> dict[str, Any]:
    """Return a season in the shape of ``SeasonSchema``."""
    weekend = season.weekend_price_minor
    return {
        "name": season.name,
        "starts_on": season.starts_on,
        "ends_on": season.ends_on,
        "nightly_price": Money(season.nightly_price_minor, currency),
        "weekend_price": None if weekend is None else Money(weekend, currency),
        "min_nights": season.min_nights,
    }


def _season(listing_id: int, season: Mapping[str, Any]) -> Season:
    weekend: Money | None = season.get("weekend_price")
    return Season(
        listing_id=listing_id,
        name=season["name"],
        starts_on=season["starts_on"],
        ends_on=season["ends_on"],
        nightly_price_minor=season["nightly_price"].amount_minor,
        weekend_price_minor=None if weekend is None else weekend.amount_minor,
        min_nights=season.get("min_nights"),
    )


def _check_spans(listing: Listing, spans: Sequence[Mapping[str, Any]]) -> None:
    if listing.status is ListingStatus.ARCHIVED:
        raise InvalidTransition(**{"from": listing.status.value, "to": listing.status.value})
    if len(spans) > MOST:
        raise ValidationFailed({"_schema": [f"At most {MOST}."]})
    for index, span in enumerate(spans):
        if span["ends_on"] <= span["starts_on"]:
            raise ValidationFailed({f"{index}.to": ["The end comes after the start."]})


def _check_overlaps(seasons: Sequence[Mapping[str, Any]]) -> None:
    ordered = sorted(enumerate(seasons), key=lambda pair: pair[1]["starts_on"])
    for (_, before), (index, season) in itertools.pairwise(ordered):
        if season["starts_on"] < before["ends_on"]:
            raise ValidationFailed({f"{index}.from": [f"This overlaps with {before['name']}."]})
