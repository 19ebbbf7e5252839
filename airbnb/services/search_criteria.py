"""From a search's words to what is looked for: the place, the stays that would do, the party, the price."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.calendar_rules import MAX_BOOKING_WINDOW_DAYS
from airbnb.domain.currencies import exponent
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.fees import FeeModel
from airbnb.domain.folding import words_in
from airbnb.domain.geo.coordinates import Box, to_e6
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.money import half_up, parse_money
from airbnb.domain.pricing import Party
from airbnb.domain.search_criteria import MOST_LISTINGS, MOST_LOOKS, Circle, Criteria, PriceBasis, SearchTooWide, Sort
from airbnb.domain.search_masks import amenity_mask
from airbnb.domain.stays import Stay, earliest_date_on_earth
from airbnb.models.places import Place
from airbnb.queries.exchange_rates import latest_rates, rate_between
from airbnb.queries.places import find_place, find_place_named
from airbnb.queries.search_area import smallest_area
from airbnb.queries.search_width import is_narrow, reads_more_rows
from airbnb.services.places import place_box

MOST_WORDS = 6
#: Where the asker's dates may end at most, seen from the last time zone.
FARTHEST = timedelta(days=MAX_BOOKING_WINDOW_DAYS + 2)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What the marketplace's settings say to a search."""

    settlement: str
    fees: FeeModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a search was understood as.

    ``place`` is the city that was named; ``asked_currency`` is what amounts are to be shown in, where somebody said so,
    and ``currency`` that or the settlement currency.
    """

    criteria: Criteria
    party: Party
    place: Place | None
    asked_currency: str | None
    currency: str


def understand(session: Session, args: Mapping[str, Any], *, market: Market, now: datetime) -> Meant:
    """Return what is looked for. Needs: ``args`` as ``FilterQuery`` loads them.

    Raises: ValidationFailed naming the parameter.
    """
    stays = _stays_of(args, now)
    price_min, price_max = _price_bounds(session, args, market)
    place = _place_of(session, args)
    party = _party_of(args)
    criteria = Criteria(
        sort=args.get("sort", Sort.RECOMMENDED),
        boxes=_boxes_of(args, place),
        circle=_circle_of(args),
        words=tuple(words_in(args["q"])[:MOST_WORDS]) if "q" in args and place is None else (),
        stays=stays,
        guests=party.guests,
        pets=party.pets,
        price_min=price_min,
        price_max=price_max,
        price_of_stay=args["price_basis"] is PriceBasis.TOTAL,
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
    asked_currency = args.get("currency")
    return Meant(
        criteria=criteria,
        party=party,
        place=place,
        asked_currency=asked_currency,
        currency=asked_currency or market.settlement,
    )


def refuse_too_wide(session: Session, criteria: Criteria) -> None:
    """Refuse to look through more listings than can be looked through in a moment, each for every possible stay.

    Of a small marketplace the whole world may be searched. Source: docs/rules/search.md, "How wide".
    Raises: SearchTooWide.
    """
    stays = len(criteria.stays)
    most = MOST_LOOKS // stays if stays else MOST_LISTINGS
    if not is_narrow(criteria) and reads_more_rows(session.connection(), criteria, most):
        raise SearchTooWide()


def area_asked(args: Mapping[str, Any]) -> Box | None:
    """Return the area of a search that names no city; ``args`` as for ``understand``."""
    return smallest_area(Criteria(boxes=_boxes_of(args, None), circle=_circle_of(args)))


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


def _stays_of(args: Mapping[str, Any], now: datetime) -> tuple[Stay, ...]:
    """Return the stays that would do; of two as cheap the first counts.

    Raises: ValidationFailed for dates that are past everywhere, reversed or too far.
    """
    today = earliest_date_on_earth(now)
    if "month" in args:
        return _stays_in_month(args["month"], args["nights"], today)
    if "check_in" not in args:
        return ()
    check_in, check_out = args["check_in"], args["check_out"]
    if check_in < today:
        raise ValidationFailed({"check_in": ["This date is in the past."]})
    if check_out <= check_in:
        raise ValidationFailed({"check_out": ["Check-out comes after check-in."]})
    if check_out > today + FARTHEST:
        raise ValidationFailed({"check_out": [f"Stays end within {MAX_BOOKING_WINDOW_DAYS} days from today."]})
    asked = Stay(check_in, check_out)
    shifted = (_shifted(asked, days) for days in _nearest_first(args.get("flex_days", 0)))
    return tuple(stay for stay in shifted if today <= stay.check_in and stay.check_out <= today + FARTHEST)


def _stays_in_month(first: date, nights: int, today: date) -> tuple[Stay, ...]:
    begins = (first + day * _ONE_DAY for day in range(31))
    stays = (Stay(begin, begin + nights * _ONE_DAY) for begin in begins if begin.month == first.month)
    possible = tuple(stay for stay in stays if today <= stay.check_in and stay.check_out <= today + FARTHEST)
    if not possible:
        problem = "This month is over." if first < today else "Stays there end too far from today."
        raise ValidationFailed({"month": [problem]})
    return possible


def _nearest_first(flex_days: int) -> Iterator[int]:
    yield 0
    for days in range(1, flex_days + 1):
        yield -days
        yield days


def _shifted(stay: Stay, days: int) -> Stay:
    return Stay(stay.check_in + days * _ONE_DAY, stay.check_out + days * _ONE_DAY)


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
