"""Overviews of a search: the map, and the figures beside the filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.currencies import exponent
from airbnb.domain.geo.coordinates import Box, from_e6, to_e6
from airbnb.domain.price_steps import price_steps
from airbnb.queries import search_facets, search_maps
from airbnb.services.display_prices import Display, display_in
from airbnb.services.listing_cards import money_dict
from airbnb.services.search_criteria import Market, Meant


@dataclass(frozen=True, slots=True)
class Shown:
    """How amounts of the settlement currency are shown."""

    settlement: str
    display: Display

    def money(self, amount_minor: int | None) -> dict[str, str] | None:
        """Return an amount as the API writes it."""
        if amount_minor is None:
            return None
        money = self.display.money(amount_minor, self.settlement)
        return money_dict(money.amount_minor, money.currency)

    @property
    def currency(self) -> str:
        """The currency that amounts are shown in."""
        return self.display.money(0, self.settlement).currency

    @property
    def factor(self) -> Fraction:
        """How many minor units are shown for one of the settlement currency."""
        rate = self.display.rate_from(self.settlement)
        if rate is None:
            return Fraction(1)
        return rate * Fraction(10) ** (exponent(self.currency) - exponent(self.settlement))


def map_of(session: Session, meant: Meant, *, market: Market, now: datetime) -> dict[str, Any]:
    """Return the pins or clusters of a search.

    Source: docs/rules/search.md, "The map".
    """
    pins = pins_of(session, meant, market=market, now=now)
    if pins is not None:
        return map_of_pins(pins)
    shown = _shown(session, meant, market)
    clusters = search_maps.find_clusters(session.connection(), meant.criteria, now=now)
    return {"kind": "clusters", "clusters": [_cluster(one, shown) for one in clusters]}


def pins_of(session: Session, meant: Meant, *, market: Market, now: datetime) -> list[dict[str, Any]] | None:
    """Return every hit as a pin, by id; None where they are too many."""
    pins = search_maps.find_pins(session.connection(), meant.criteria, now=now)
    shown = _shown(session, meant, market)
    return None if pins is None else [_pin(pin, shown) for pin in pins]


def map_of_pins(pins: Sequence[dict[str, Any]], *, within: Box | None = None) -> dict[str, Any]:
    """Return the map with these pins, or with those of them that lie in a box."""

    def is_inside(pin: dict[str, Any]) -> bool:
        return within is None or within.contains(to_e6(pin["latitude"]), to_e6(pin["longitude"]))

    return {"kind": "pins", "pins": [pin for pin in pins if is_inside(pin)]}


def facets_of(session: Session, meant: Meant, *, market: Market, now: datetime) -> dict[str, Any]:
    """Return how many matches have what, and how their prices lie.

    Source: docs/rules/search.md, "Facets".
    """
    counts = search_facets.count_matches(session.connection(), meant.criteria, now=now)
    return {
        "total": counts.total,
        "amenities": [{"slug": slug, "count": count} for slug, count in counts.amenities.items()],
        "property_types": [{"slug": kind.value, "count": count} for kind, count in counts.property_types.items()],
        "room_types": [{"slug": kind.value, "count": count} for kind, count in counts.room_types.items()],
        "price_histogram": _histogram(session, meant, _shown(session, meant, market), now=now),
    }


def _shown(session: Session, meant: Meant, market: Market) -> Shown:
    return Shown(market.settlement, display_in(session, meant.asked_currency, unless=market.settlement))


def _histogram(session: Session, meant: Meant, shown: Shown, *, now: datetime) -> dict[str, Any]:
    connection, criteria = session.connection(), meant.criteria
    nights = criteria.stays[0].length if criteria.stays and not criteria.price_of_stay else 1
    span = search_facets.price_span(connection, criteria, now=now)
    if span is None:
        return {"currency": shown.currency, "edges": [], "counts": []}
    # What the guest reads is round; what the rows are compared with follows from it.
    scale = shown.factor / nights
    edges = price_steps(int(span[0] * scale), int(span[1] * scale))
    bounds = [-(-edge // scale) for edge in edges]
    counts = search_facets.count_prices(connection, criteria, bounds, now=now)
    written = [money_dict(edge, shown.currency)["amount"] for edge in edges]
    return {"currency": shown.currency, "edges": written, "counts": counts}


def _pin(pin: search_maps.Pin, shown: Shown) -> dict[str, Any]:
    return {
        "id": str(pin.id),
        "latitude": from_e6(pin.lat_e6),
        "longitude": from_e6(pin.lng_e6),
        "price": shown.money(pin.price_minor),
    }


def _cluster(cluster: search_maps.Cluster, shown: Shown) -> dict[str, Any]:
    return {
        "latitude": from_e6(cluster.lat_e6),
        "longitude": from_e6(cluster.lng_e6),
        "count": cluster.count,
        "min_price": shown.money(cluster.least_price_minor),
        "bbox": _bbox(cluster.box),
    }


def _bbox(box: Box) -> list[float]:
    return [from_e6(edge) for edge in (box.west, box.south, box.east, box.north)]
