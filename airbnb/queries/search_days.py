"""The dates of a search as numbers: of one stay as constants, of several possible stays as rows to join with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, literal, select, type_coerce, union_all

from airbnb.domain.calendar_rules import MAX_PREPARATION_DAYS
from airbnb.domain.pricing.rules import MONTHLY_NIGHTS, WEEKLY_NIGHTS
from airbnb.domain.search_masks import masks_for_stay, slot_column, slot_of
from airbnb.domain.search_spans import day_number, is_weekend
from airbnb.domain.stays import Stay
from airbnb.queries.prepared import column_named, number

Number = ColumnElement[int]
#: More nights of preparation than there are: they begin in no such month.
_NEVER = MAX_PREPARATION_DAYS + 1


class LengthDiscount(StrEnum):
    """The discount of the listing that a stay is long enough for."""

    NONE = "none"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfStay:
    """What a stay needs of one month's mask.

    Shape: ``taken`` is the listing's mask, ``nights`` that of the stay's nights; its nights of preparation go on from
    bit ``after_bit``, those beyond the first ``after_skipped``.
    """

    taken: Number
    nights: Number
    after_bit: Number
    after_skipped: Number
    has_nights: bool
    has_after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DatesShape:
    """What statements about stays differ in; which months they are in is bound like their days.

    Shape: ``months`` is how many they touch; ``nights`` are those of them with nights of a stay, ``after`` those with
    nights of preparation, each by its place among them.
    """

    stays: int
    months: int
    nights: frozenset[int]
    after: frozenset[int]
    discount: LengthDiscount


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """One stay or several of the same length, in the numbers that conditions are made of.

    ``rows`` is what to join with when there are several, ``place`` where each stands in the order asked for.
    """

    discount: LengthDiscount
    length: Number
    place: Number
    day: Number
    weekends: Number
    check_in_bit: Number
    check_out_bit: Number
    weekday: Number
    months: Sequence[MonthOfStay]
    override_months: Number
    rows: FromClause | None


def days_of(stays: Sequence[Stay]) -> tuple[DatesShape, dict[str, Any]]:
    """Return the shape of stays of one length and their values by name. Needs: at least one."""
    slots = list(dict.fromkeys(slot for stay in sorted(stays) for slot in _slots(stay)))
    names = _names(len(slots))
    values: dict[str, Any] = {"length": stays[0].length, "override_months": sum(1 << slot for slot in slots)}
    values |= {f"month{place}": slot_column(slot) for place, slot in enumerate(slots)}
    nights: set[int] = set()
    after: set[int] = set()
    for index, stay in enumerate(stays):
        numbers = _numbers(stay, slots)
        values |= {f"{name}_{index}": numbers.get(name, _absent(name)) for name in names}
        nights.update(place for place in range(len(slots)) if f"nights{place}" in numbers)
        after.update(place for place in range(len(slots)) if f"after_bit{place}" in numbers)
    shape = DatesShape(
        stays=len(stays),
        months=len(slots),
        nights=frozenset(nights),
        after=frozenset(after),
        discount=length_discount(stays[0].length),
    )
    return shape, values


@lru_cache(maxsize=64)
def dates_of(shape: DatesShape) -> Dates:
    """Return the stays of a shape as places for their numbers: the same rows wherever one statement needs them."""
    names = _names(shape.months)
    rows: FromClause | None = None
    values: dict[str, Number] = {"place": literal(0), **{name: number(f"{name}_0") for name in names}}
    if shape.stays > 1:
        rows = union_all(
            *(
                select(
                    literal(index, Integer).label("place"),
                    *(number(f"{name}_{index}").label(name) for name in names),
                )
                for index in range(shape.stays)
            )
        ).cte("stays")
        values = {name: type_coerce(rows.c[name], Integer) for name in ("place", *names)}
    months = [
        MonthOfStay(
            taken=column_named(f"month{place}"),
            nights=values[f"nights{place}"],
            after_bit=values[f"after_bit{place}"],
            after_skipped=values[f"after_skipped{place}"],
            has_nights=place in shape.nights,
            has_after=place in shape.after,
        )
        for place in range(shape.months)
    ]
    return Dates(
        discount=shape.discount,
        length=number("length"),
        place=values["place"],
        day=values["day"],
        weekends=values["weekends"],
        weekday=values["weekday"],
        check_in_bit=values["check_in_bit"],
        check_out_bit=values["check_out_bit"],
        months=months,
        override_months=number("override_months"),
        rows=rows,
    )


def length_discount(length: int) -> LengthDiscount:
    """Return which discount a stay's length earns."""
    if length >= MONTHLY_NIGHTS:
        return LengthDiscount.MONTHLY
    return LengthDiscount.WEEKLY if length >= WEEKLY_NIGHTS else LengthDiscount.NONE


def _names(months: int) -> list[str]:
    names = ["day", "weekends", "weekday", "check_in_bit", "check_out_bit"]
    return names + [f"{part}{place}" for place in range(months) for part in ("nights", "after_bit", "after_skipped")]


def _absent(name: str) -> int:
    return _NEVER if name.startswith("after_skipped") else 0


def _slots(stay: Stay) -> list[int]:
    """Return the months' slots of a stay and its preparation, in the order of time."""
    return [slot_of(night) for night in stay.with_preparation(MAX_PREPARATION_DAYS).nights]


def _numbers(stay: Stay, slots: Sequence[int]) -> dict[str, int]:
    found = {
        "day": day_number(stay.check_in),
        "weekends": sum(is_weekend(night) for night in stay.nights),
        "weekday": stay.check_in.weekday(),
        "check_in_bit": 1 << stay.check_in.weekday(),
        "check_out_bit": 1 << stay.check_out.weekday(),
    }
    places = {slot: place for place, slot in enumerate(slots)}
    found |= {f"nights{places[slot]}": mask for slot, mask in masks_for_stay(stay.nights).items()}
    for skipped in range(MAX_PREPARATION_DAYS):
        night = stay.check_out + timedelta(days=skipped)
        found.setdefault(f"after_bit{places[slot_of(night)]}", night.day - 1)
        found.setdefault(f"after_skipped{places[slot_of(night)]}", skipped)
    return found
