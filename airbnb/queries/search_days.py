"""The dates of a search as numbers: of one stay as constants, of several possible stays as rows to join with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, FromClause, Integer, literal, select, type_coerce, union_all

from airbnb.domain.calendar_rules import MAX_PREPARATION_DAYS
from airbnb.domain.search_masks import masks_for_stay, slot_of
from airbnb.domain.search_spans import day_number, is_weekend
from airbnb.domain.stays import Stay

Number = int | ColumnElement[int]
#: More nights of preparation than there are: they begin in no such month.
_NEVER = MAX_PREPARATION_DAYS + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfStay:
    """What a stay needs of one month's mask.

    Shape: ``nights`` is the mask of its nights; its nights of preparation go on from bit ``after_bit``, those beyond
    the first ``after_skipped``.
    """

    nights: Number
    after_bit: Number
    after_skipped: Number
    has_after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """One stay or several of the same length, in the numbers that conditions are made of.

    ``rows`` is what to join with when there are several, ``place`` where each stands in the order asked for.
    """

    stays: Sequence[Stay]
    length: int
    place: Number
    day: Number
    weekends: Number
    check_in_bit: Number
    check_out_bit: Number
    weekday: Number
    months: dict[int, MonthOfStay]
    rows: FromClause | None


def dates_of(stays: Sequence[Stay]) -> Dates:
    """Return stays of one length as numbers. Needs: at least one."""
    numbered = [_numbers(stay) for stay in stays]
    slots = sorted({slot for stay in stays for slot in _slots(stay)})
    names = ["day", "weekends", "weekday", "check_in_bit", "check_out_bit"]
    names += [f"{part}{slot}" for slot in slots for part in ("nights", "after_bit", "after_skipped")]
    rows: FromClause | None = None
    values: dict[str, Number] = {"place": 0, **{name: numbered[0].get(name, 0) for name in names}}
    if len(stays) > 1:
        rows = union_all(
            *(
                select(
                    literal(index, Integer).label("place"),
                    *(literal(numbers.get(name, _absent(name)), Integer).label(name) for name in names),
                )
                for index, numbers in enumerate(numbered)
            )
        ).cte("stays")
        values = {name: type_coerce(rows.c[name], Integer) for name in ("place", *names)}
    months = {
        slot: MonthOfStay(
            nights=values[f"nights{slot}"],
            after_bit=values[f"after_bit{slot}"],
            after_skipped=values[f"after_skipped{slot}"] if rows is not None else numbered[0].get(
                f"after_skipped{slot}", _NEVER
            ),
            has_after=any(f"after_skipped{slot}" in numbers for numbers in numbered),
        )
        for slot in slots
    }  # fmt: skip
    return Dates(
        stays=stays,
        length=stays[0].length,
        place=values["place"],
        day=values["day"],
        weekends=values["weekends"],
        weekday=values["weekday"],
        check_in_bit=values["check_in_bit"],
        check_out_bit=values["check_out_bit"],
        months=months,
        rows=rows,
    )


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
