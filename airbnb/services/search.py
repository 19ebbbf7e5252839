"""From a search's words to its hits: what was meant, which listings match, and what each shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import orjson
from sqlalchemy.orm import Session

from airbnb.domain.calendar_rules import MAX_BOOKING_WINDOW_DAYS
from airbnb.domain.currencies import exponent
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.fees import FeeModel
from airbnb.domain.folding import words_in
from airbnb.domain.geo.coordinates import Box, to_e6
from airbnb.domain.geo.distance import haversine_m
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.money import half_up, parse_money
from airbnb.domain.orders import Wish
from airbnb.domain.paging import Key, PageRequest
from airbnb.domain.pricing import LineKind, Party
from airbnb.domain.search_criteria import COUNT_CAP, Circle, Criteria
from airbnb.domain.search_masks import amenity_mask
from airbnb.domain.stays import Stay, earliest_date_on_earth
from airbnb.models.places import Place
from airbnb.queries.exchange_rates import latest_rates, rate_between
from airbnb.queries.places import find_place, find_place_named
from airbnb.queries.search import find_hits, load_cards
from airbnb.services.display_prices import Display, display_in
from airbnb.services.listing_cards import money_dict
from airbnb.services.places import place_box
from airbnb.services.quotes import Offer, quote_listings

MOST_WORDS = 6
#: Where the asker's dates may end at most, seen from the last time zone.
FARTHEST = timedelta(days=MAX_BOOKING_WINDOW_DAYS + 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What the marketplace's settings say to a search."""

    settlement: str
    fees: FeeModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of hits, serialised; ``place`` is the city that the words named."""

    hits: list[bytes]
    total: int
    total_is_capped: bool
    next_key: Key | None
    place: Place | None
    currency: str


def search_listings(
    session: Session, args: Mapping[str, Any], page: PageRequest, *, market: Market, now: datetime
) -> Found:
    """Find listings and return their cards with what depends on the search: distance, nights and the stay's price.

    Needs: a session on the read engine; ``args`` as ``SearchQuery`` loads them.
    Raises: ValidationFailed naming the parameter.
    """
    place = _place_of(session, args)
    party = _party_of(args)
    criteria = _criteria_of(session, args, place, party=party, market=market, now=now)
    connection = session.connection()
    hits = find_hits(connection, criteria, page, now=now)
    cards = load_cards(connection, hits.ids)
    offers: Mapping[int, Offer] = {}
    if criteria.stay is not None and hits.ids:
        wish = Wish(stay=criteria.stay, party=party)
        offers = quote_listings(session, hits.ids, wish, fees=market.fees, now=now)
    display = display_in(session, args.get("currency"))
    return Found(
        hits=[_hit(cards[one], offers.get(one), criteria.circle, display) for one in hits.ids if one in cards],
        total=min(hits.total, COUNT_CAP),
        total_is_capped=hits.total > COUNT_CAP,
        next_key=hits.next_key,
        place=place,
        currency=args.get("currency", market.settlement),
    )


def _place_of(session: Session, args: Mapping[str, Any]) -> Place | None:
    if "place_id" in args:
        place = find_place(session, args["place_id"])
        if place is None:
            raise ValidationFailed({"place_id": ["There is no such place."]})
        return place
    return find_place_named(session, args["q"]) if "q" in args else None


def _party_of(args: Mapping[str, Any]) -> Party:
    return Party(
        adults=args.get("guests", args.get("adults", 1)),
        children=args.get("children", 0),
        infants=args.get("infants", 0),
        pets=args.get("pets", 0),
    )


def _criteria_of(
    session: Session,
    args: Mapping[str, Any],
    place: Place | None,
    *,
    party: Party,
    market: Market,
    now: datetime,
) -> Criteria:
    price_min, price_max = _price_bounds(session, args, market)
    return Criteria(
        sort=args["sort"],
        boxes=_boxes_of(args, place),
        circle=_circle_of(args),
        words=tuple(words_in(args["q"])[:MOST_WORDS]) if "q" in args and place is None else (),
        stay=_stay_of(args, now),
        guests=party.guests,
        pets=party.pets,
        price_min=price_min,
        price_max=price_max,
        property_types=tuple(PropertyType(word) for word in args.get("property_type", ())),
        room_types=tuple(RoomType(word) for word in args.get("room_type", ())),
        bedrooms_min=args.get("bedrooms_min", 0),
        beds_min=args.get("beds_min", 0),
        bathroom_halves_min=_at_least(args.get("bathrooms_min", 0), parts=2),
        amenities=amenity_mask(args.get("amenities", ())),
        instant_book=args.get("instant_book", False),
        rating_min=_at_least(args.get("rating_min", 0), parts=100),
        host_id=args.get("host_id"),
    )


def _at_least(number: float, *, parts: int) -> int:
    """Return the least stored figure, in ``parts`` of one, that is not below ``number``."""
    exact = Fraction(str(number)) * parts
    return -(-exact.numerator // exact.denominator)


def _boxes_of(args: Mapping[str, Any], place: Place | None) -> tuple[Box, ...]:
    """Return the boxes that hits lie in; a map that was moved wins over a city named in words."""
    boxes = [args["bbox"]] if "bbox" in args else []
    by_words = "place_id" not in args
    if place is not None and not (by_words and ("bbox" in args or "radius_km" in args)):
        boxes.append(place_box(place))
    return tuple(boxes)


def _circle_of(args: Mapping[str, Any]) -> Circle | None:
    if "lat" not in args:
        return None
    radius_m = args["radius_km"] * 1000 if "radius_km" in args else None
    return Circle(lat_e6=to_e6(args["lat"]), lng_e6=to_e6(args["lng"]), radius_m=radius_m)


def _stay_of(args: Mapping[str, Any], now: datetime) -> Stay | None:
    """Return the stay asked for. Raises: ValidationFailed for dates that are past everywhere, reversed or too far."""
    if "check_in" not in args:
        return None
    check_in, check_out, today = args["check_in"], args["check_out"], earliest_date_on_earth(now)
    if check_in < today:
        raise ValidationFailed({"check_in": ["This date is in the past."]})
    if check_out <= check_in:
        raise ValidationFailed({"check_out": ["Check-out comes after check-in."]})
    if check_out > today + FARTHEST:
        raise ValidationFailed({"check_out": [f"Stays end within {MAX_BOOKING_WINDOW_DAYS} days from today."]})
    return Stay(check_in, check_out)


def _price_bounds(session: Session, args: Mapping[str, Any], market: Market) -> tuple[int | None, int | None]:
    """Return the bounds in minor units of the settlement currency.

    Raises: ValidationFailed for reversed bounds, too many digits, or a currency without a rate.
    """
    bounds = {name: args[name] for name in ("price_min", "price_max") if name in args}
    if not bounds:
        return None, None
    currency = args.get("currency", market.settlement)
    rates = {} if currency == market.settlement else latest_rates(session)
    rate = rate_between(rates, currency, market.settlement)
    if rate is None:
        raise ValidationFailed({"currency": ["There is no exchange rate for this currency."]})
    factor = rate * Fraction(10) ** (exponent(market.settlement) - exponent(currency))
    minor = {name: _amount(name, written, currency) for name, written in bounds.items()}
    if len(minor) == 2 and minor["price_min"] > minor["price_max"]:
        raise ValidationFailed({"price_min": ["The least price is above the highest."]})
    settled = {name: _settled(amount, factor) for name, amount in minor.items()}
    return settled.get("price_min"), settled.get("price_max")


def _amount(name: str, written: str, currency: str) -> int:
    digits = exponent(currency)
    whole, _, part = written.partition(".")
    exact = f"{whole}.{part or '0' * digits}" if digits else written
    try:
        return parse_money(exact, currency).amount_minor
    except ValueError as error:
        raise ValidationFailed({name: [f"{currency} has {digits} digits after the point."]}) from error


def _settled(amount_minor: int, factor: Fraction) -> int:
    exact = factor * amount_minor
    return half_up(exact.numerator, exact.denominator)


def _hit(card: bytes, offer: Offer | None, circle: Circle | None, display: Display) -> bytes:
    """Return a card with what depends on the search added to it.

    The stored bytes are only taken apart where something inside them differs for this reader.
    """
    extras: dict[str, Any] = {}
    if circle is not None or display.currency is not None:
        parts = orjson.loads(card)
        extras |= _converted(parts, display)
        if circle is not None:
            here = circle.lat_e6 / 1e6, circle.lng_e6 / 1e6
            extras["distance_m"] = round(haversine_m(*here, parts["latitude"], parts["longitude"]))
        card = orjson.dumps(parts)
    if offer is not None:
        extras |= _stay_price(offer, display)
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
    }


def join_hits(hits: Sequence[bytes], rest: Mapping[str, Any]) -> bytes:
    """Return the body of an answer: the serialised hits as ``data``, and the other members beside them."""
    return b'{"data":[' + b",".join(hits) + b"]," + orjson.dumps(rest)[1:]
