"""What a host sets in a calendar, before it is written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from airbnb.domain.stays import nights_between


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeChange:
    """What a host sets for the nights ``[first, until)``, on some weekdays or all.

    Shape: ``overrides`` holds ``price_minor``, ``min_nights`` and ``note``, each only if it is to change, None to
    remove it; ``available`` None leaves blocks alone; ``currency`` is that of the price.
    """

    first: date
    until: date
    overrides: Mapping[str, Any]
    weekdays: frozenset[int] | None = None
    available: bool | None = None
    currency: str | None = None

    @property
    def nights(self) -> Iterable[date]:
        """The nights that the change is about."""
        every = nights_between(self.first, self.until)
        return (night for night in every if self.weekdays is None or night.weekday() in self.weekdays)
