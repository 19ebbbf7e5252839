"""How the dashboard writes money, instants, statuses and links."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from markupsafe import Markup, escape

from airbnb.domain import clock
from airbnb.domain.money import format_amount
from airbnb.models.platform import AuditEntry
from airbnb.schemas.price_labels import label_of

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
    "open": "warning",
    "failing": "danger",
    "waiting": "warning",
    "ok": "success",
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
    """Write an instant to the minute: in UTC, which the page's script turns into the reader's own zone."""
    value: datetime | None = getattr(row, name)
    return EMPTY if value is None else moment(value)


def moment(value: datetime) -> Markup:
    """Write an instant in UTC, for the page's script to show in the reader's own zone."""
    return Markup('<time datetime="{}">{}</time>').format(f"{value:%Y-%m-%dT%H:%M:%SZ}", f"{value:%Y-%m-%d %H:%M} UTC")


def both(value: datetime, zone: str) -> Markup:
    """Write an instant on the clocks of a place, and for the reader."""
    return Markup("{} <small>at the place</small> · {}").format(there(value, zone), moment(value))


def there(value: datetime | None, zone: str) -> str:
    """Write an instant on the clocks of a place, to the minute."""
    return "–" if value is None else f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def status(view: Any, context: Any, row: Any, name: str) -> Any:
    """Write a status as a coloured badge that also says it in words."""
    value: StrEnum | None = getattr(row, name)
    return EMPTY if value is None else badge(value.value)


def badge(word: str) -> Markup:
    """Write a word as a coloured badge."""
    return Markup('<span class="badge badge-{}">{}</span>').format(TONES.get(word, "secondary"), word.replace("_", " "))


def word(view: Any, context: Any, row: Any, name: str) -> Any:
    """Write a value of a closed set in plain words."""
    value: StrEnum | None = getattr(row, name)
    return EMPTY if value is None else value.value.replace("_", " ")


def openness(column: str) -> Formatter:
    """Return a formatter that says whether a row still waits: until the instant in ``column`` is filled."""
    return lambda view, context, row, name: badge("open" if getattr(row, column) is None else "done")


def age(column: str, *, until: str | None = None) -> Formatter:
    """Return a formatter of the time since an instant, or from it to that in the column ``until`` once it is filled."""

    def write(view: Any, context: Any, row: Any, name: str) -> Any:
        since: datetime | None = getattr(row, column)
        end: datetime | None = getattr(row, until) if until else None
        return EMPTY if since is None else span_text((end or clock.now()) - since)

    return write


def span_text(span: timedelta) -> str:
    """Return a length of time as staff read it, such as ``3 d 4 h``; nothing is negative."""
    minutes = max(0, int(span.total_seconds()) // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


@dataclass(frozen=True, slots=True)
class Amount:
    """A formatter of an amount in minor units beside the column that names its currency; both go into files apart."""

    minor: str
    currency: str = "currency"

    def __call__(self, view: Any, context: Any, row: Any, name: str) -> Any:
        """Write the amount with its currency."""
        value, currency = getattr(row, self.minor), getattr(row, self.currency)
        return EMPTY if value is None else f"{format_amount(value, currency)} {currency}"

    def cells(self, row: Any) -> tuple[Decimal | None, str]:
        """Return the amount as a number, and its currency."""
        value, currency = getattr(row, self.minor), getattr(row, self.currency)
        return (None, "") if value is None else (Decimal(format_amount(value, currency)), currency)


def amount(minor: str, currency: str = "currency") -> Amount:
    """Return a formatter of an amount in minor units beside the column that names its currency."""
    return Amount(minor, currency)


def link(stem: str) -> Formatter:
    """Return a formatter that leads from an id to its page in the view of ``stem``."""

    def write(view: Any, context: Any, row: Any, name: str) -> Any:
        value = getattr(row, name)
        if value is None:
            return EMPTY
        return Markup('<a href="{}">{}</a>').format(url_for(f"{ENDPOINT_PREFIX}{stem}.details_view", id=value), value)

    return write


def link_to(stem: str, relation: str, text: str) -> Formatter:
    """Return a formatter that leads to the page of a related row, by what its column ``text`` calls it."""

    def write(view: Any, context: Any, row: Any, name: str) -> Any:
        related = getattr(row, relation)
        if related is None:
            return EMPTY
        address = url_for(f"{ENDPOINT_PREFIX}{stem}.details_view", id=related.id)
        return Markup('<a href="{}">{}</a>').format(address, getattr(related, text))

    return write


def text(view: Any, context: Any, row: Any, name: str) -> Any:
    """Write a short text, or that there is none."""
    return getattr(row, name) or EMPTY


def paragraph(view: Any, context: Any, row: Any, name: str) -> Any:
    """Write a long text with its line breaks."""
    value = getattr(row, name)
    return EMPTY if not value else Markup("<br>").join(escape(line) for line in str(value).splitlines())


def words_of(code: str) -> str:
    """Return a code of ours as words."""
    return code.replace("_", " ").replace(".", ": ")


def money(amount_minor: int, currency: str) -> str:
    """Write an amount in minor units with its currency."""
    return f"{format_amount(amount_minor, currency)} {currency}"


def changes_of(act: AuditEntry) -> list[str]:
    """Return what an act changed, a line a column: what was, and what is."""
    before, after = act.before or {}, act.after or {}
    return [f"{words_of(name)}: {before.get(name) or '–'} → {after.get(name) or '–'}" for name in after]


#: What the dashboard's own pages write with.
FOR_TEMPLATES: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"money": money, "badge": badge, "moment": moment, "both": both, "label_of": label_of}
)


def truth(view: Any, value: bool, name: str) -> str:
    """Write a yes or no as a word."""
    return "yes" if value else "no"


def nothing(view: Any, value: None, name: str) -> Markup:
    """Write that there is no value."""
    return EMPTY


def several(view: Any, value: list[Any], name: str) -> Any:
    """Write a list in one line."""
    return ", ".join(map(str, value)) if value else EMPTY


#: How values are written that no column has a way of its own for.
BY_TYPE = {bool: truth, type(None): nothing, list: several}
