"""Running a search: its hits as cards, with what depends on the search added to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from airbnb.domain.geo.coordinates import from_e6
from airbnb.domain.geo.distance import haversine_m
from airbnb.domain.money import parse_money
from airbnb.domain.orders import Wish
from airbnb.domain.paging import Key, PageRequest
from airbnb.domain.pricing import LineKind
from airbnb.domain.search_criteria import COUNT_CAP, Circle
from airbnb.queries.search import HitRow, find_hits
from airbnb.queries.search_cards import cards_of_hits
from airbnb.services.display_prices import Display, display_in
from airbnb.services.listing_cards import money_dict
from airbnb.services.quotes import Offer, quote_listings
from airbnb.services.search_criteria import Market, Meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of hits, serialised."""

    hits: list[bytes]
    total: int
    total_is_capped: bool
    next_key: Key | None
    meant: Meant


def search_listings(
    session: Session,
    meant: Meant,
    page: PageRequest,
    *,
    market: Market,
    now: datetime,
    reader_id: int | None = None,
) -> Found:
    """Find listings and return their cards with what depends on the search: distance, dates and the stay's price.

    Needs: a session on the read engine. A reader who is signed in also sees which hits stand on a list of theirs.
    """
    connection = session.connection()
    hits = find_hits(connection, meant.criteria, page, now=now, reader_id=reader_id)
    cards = cards_of_hits(connection, hits.rows)
    offers = _offers(session, hits.rows, meant, market=market, now=now)
    display = display_in(session, meant.asked_currency)
    return Found(
        hits=[
            _hit(cards[row.id], row, offers.get(row.id), meant.criteria.circle, display)
            for row in hits.rows
            if row.id in cards
        ],
        total=min(hits.total, COUNT_CAP),
        total_is_capped=hits.total > COUNT_CAP,
        next_key=hits.next_key,
        meant=meant,
    )


def _offers(
    session: Session, rows: Sequence[HitRow], meant: Meant, *, market: Market, now: datetime
) -> Mapping[int, Offer]:
    """Quote each hit for the stay that was found for it."""
    stays = meant.criteria.stays
    if not stays or not rows:
        return {}
    wishes = {row.id: Wish(stay=stays[row.stay], party=meant.party) for row in rows}
    return quote_listings(session, wishes, fees=market.fees, now=now)


def _hit(
    card: bytes,
    row: HitRow,
    offer: Offer | None,
    circle: Circle | None,
    display: Display,
) -> bytes:
    """Return a card with what depends on the search added to it.

    The stored bytes are only taken apart where something inside them differs for this reader.
    """
    extras: dict[str, Any] = {}
    if display.currency is not None:
        parts = orjson.loads(card)
        extras |= _converted(parts, display)
        card = orjson.dumps(parts)
    if circle is not None:
        here, there = (circle.lat_e6, circle.lng_e6), (row.lat_e6, row.lng_e6)
        extras["distance_m"] = round(haversine_m(*map(from_e6, here), *map(from_e6, there)))
    if offer is not None:
        extras |= _stay_price(offer, display)
    if row.is_favorite is not None:
        extras["is_favorite"] = row.is_favorite
    return card if not extras else card[:-1] + b"," + orjson.dumps(extras)[1:]


def _converted(parts: dict[str, Any], display: Display) -> dict[str, Any]:
    price = parts["nightly_price"]
    if display.rate_from(price["currency"]) is None:
        return {}
    amount = parse_money(price["amount"], price["currency"])
    shown = display.money(amount.amount_minor, amount.currency)
    parts["nightly_price"] = money_dict(shown.amount_minor, shown.currency)
    return {"converted": True}


def _stay_price(offer: Offer, display: Display) -> dict[str, Any]:
    quote = offer.quote
    taxes_minor = quote.amount_of(LineKind.TAX)

    def shown(amount_minor: int) -> dict[str, str]:
        money = display.money(amount_minor, quote.currency)
        return money_dict(money.amount_minor, money.currency)

    return {
        "total_price": shown(quote.total_minor - taxes_minor),
        "taxes": shown(taxes_minor),
        "nights": offer.wish.stay.length,
        "check_in": offer.wish.stay.check_in.isoformat(),
        "check_out": offer.wish.stay.check_out.isoformat(),
    }


def join_hits(hits: Sequence[bytes], rest: Mapping[str, Any]) -> bytes:
    """Return the body of an answer: the serialised hits as ``data``, and the other members beside them."""
    return b'{"data":[' + b",".join(hits) + b"]," + orjson.dumps(rest)[1:]
