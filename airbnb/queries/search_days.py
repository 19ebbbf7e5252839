"""The dates of a search as numbers: of one stay as constants, of several possible stays as rows to join with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, literal, select, type_coerce, union_all

from airbnb.domain.calendar_rules import MAX_PREPARATION_DAYS
from airbnb.domain.pricing.rules import MONTHLY_NIGHTS, WEEKLY_NIGHTS
from airbnb.domain.search_masks import masks_for_stay, slot_of
from airbnb.domain.search_spans import day_number, is_weekend
from airbnb.domain.stays import Stay
from airbnb.queries.prepared import number

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

    Shape: ``nights`` is the mask of its nights; its nights of preparation go on from bit ``after_bit``, those beyond
    the first ``after_skipped``.
    """

    nights: Number
    after_bit: Number
    after_skipped: Number
    has_nights: bool
    has_after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DatesShape:
    """What statements about stays differ in.

    Shape: ``slots`` are the months' masks that they touch; ``nights`` those of them with nights of a stay, ``after``
    those with nights of preparation.
    """

    stays: int
    slots: tuple[int, ...]
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
    months: dict[int, MonthOfStay]
    rows: FromClause | None


def days_of(stays: Sequence[Stay]) -> tuple[DatesShape, dict[str, Any]]:
    """Return the shape of stays of one length and their values by name. Needs: at least one."""
    slots = tuple(sorted({slot for stay in stays for slot in _slots(stay)}))
    names = _names(slots)
    values: dict[str, Any] = {"length": stays[0].length}
    nights: set[int] = set()
    after: set[int] = set()
    for index, stay in enumerate(stays):
        numbers = _numbers(stay)
        values |= {f"{name}_{index}": numbers.get(name, _absent(name)) for name in names}
        nights.update(slot for slot in slots if f"nights{slot}" in numbers)
        after.update(slot for slot in slots if f"after_bit{slot}" in numbers)
    shape = DatesShape(
        stays=len(stays),
        slots=slots,
        nights=frozenset(nights),
        after=frozenset(after),
        discount=length_discount(stays[0].length),
    )
    return shape, values


def dates_of(shape: DatesShape) -> Dates:
    """Return the stays of a shape as places for their numbers."""
    names = _names(shape.slots)
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
    months = {
        slot: MonthOfStay(
            nights=values[f"nights{slot}"],
            after_bit=values[f"after_bit{slot}"],
            after_skipped=values[f"after_skipped{slot}"],
            has_nights=slot in shape.nights,
            has_after=slot in shape.after,
        )
        for slot in shape.slots
    }
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
        rows=rows,
    )


def length_discount(length: int) -> LengthDiscount:
    """Return which discount a stay's length earns."""
    if length >= MONTHLY_NIGHTS:
        return LengthDiscount.MONTHLY
    return LengthDiscount.WEEKLY if length >= WEEKLY_NIGHTS else LengthDiscount.NONE


def _names(slots: Sequence[int]) -> list[str]:
    names = ["day", "weekends", "weekday", "check_in_bit", "check_out_bit"]
    return names + [f"{part}{slot}" for slot in slots for part in ("nights", "after_bit", "after_skipped")]


def _absent(name: str) -> int:
    return _NEVER if name.startswith("after_skipped") else 0


def _slots(stay: Stay) -> set[int]:
    return {slot_of(night) for night in stay.with_preparation(MAX_PREPARATION_DAYS).nights}


def _numbers(stay: Stay) -> dict[str, int]:
    found = {
        "day": day_number(stay.check_in),
        "weekends": sum(is_weekend(night) for night in stay.nights),
        "weekday": stay.check_in.weekday(),
        "check_in_bit": 1 << stay.check_in.weekday(),
        "check_out_bit": 1 << stay.check_out.weekday(),
    }
    found |= {f"nights{slot}": mask for slot, mask in masks_for_stay(stay.nights).items()}
    for skipped in range(MAX_PREPARATION_DAYS):
        night = stay.check_out + timedelta(days=skipped)
        found.setdefault(f"after_bit{slot_of(night)}", night.day - 1)
        found.setdefault(f"after_skipped{slot_of(night)}", skipped)
    return found
