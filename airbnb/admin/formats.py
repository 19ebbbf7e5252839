"""How the dashboard writes money, instants, statuses and links."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from airbnb.domain.money import format_amount

Formatter = Callable[[Any, Any, Any, str], Any]

#: What the names of the dashboard's views begin with.
ENDPOINT_PREFIX = "staff_"
#: Bootstrap's colour for each status; one not named here is grey.
TONES = {
    "active": "success",
    "published": "success",
    "confirmed": "success",
    "completed": "primary",
    "captured": "success",
    "paid": "success",
    "pending": "warning",
    "in_review": "warning",
    "processing": "warning",
    "scheduled": "info",
    "suspended": "danger",
    "failed": "danger",
    "declined": "secondary",
    "expired": "secondary",
    "canceled": "secondary",
}
EMPTY = Markup('<span class="text-muted">–</span>')


def instant(view: Any, context: Any, row: Any, name: str) -> Any:
    """Write an instant in UTC, to the minute."""
    value: datetime | None = getattr(row, name)
    return EMPTY if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def status(view: Any, context: Any, row: Any, name: str) -> Any:
    """Write a status as a coloured badge that also says it in words."""
    value: StrEnum | None = getattr(row, name)
    if value is None:
        return EMPTY
    tone = TONES.get(value.value, "secondary")
    return Markup('<span class="badge badge-{}">{}</span>').format(tone, value.value.replace("_", " "))


def amount(minor: str, currency: str = "currency") -> Formatter:
    """Return a formatter of an amount in minor units beside the column that names its currency."""

    def write(view: Any, context: Any, row: Any, name: str) -> Any:
        value = getattr(row, minor)
        return EMPTY if value is None else f"{format_amount(value, getattr(row, currency))} {getattr(row, currency)}"

    return write


def link(stem: str) -> Formatter:
    """Return a formatter that leads from an id to its page in the view of ``stem``."""

    def write(view: Any, context: Any, row: Any, name: str) -> Any:
        value = getattr(row, name)
        if value is None:
            return EMPTY
        return Markup('<a href="{}">{}</a>').format(url_for(f"{ENDPOINT_PREFIX}{stem}.details_view", id=value), value)

    return write


def paragraph(view: Any, context: Any, row: Any, name: str) -> Any:
    """Write a long text with its line breaks."""
    value = getattr(row, name)
    return EMPTY if not value else Markup("<br>").join(escape(line) for line in str(value).splitlines())
