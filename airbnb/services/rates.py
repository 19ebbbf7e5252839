"""Keeping exchange rates: reference rates as they come, and rates that staff set.

Source: docs/rules/money.md, "Exchange rates".
"""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.currencies import is_currency
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.exchange_rates import BASE, FRANKFURT, InvalidRate, parse_rate
from airbnb.models.platform import ExchangeRate
from airbnb.queries import exchange_rates as queries
from airbnb.services import audit

REFERENCE = "ecb"


def record_reference(session: Session, on: date, rates: Mapping[str, str], *, now: datetime) -> int:
    """Keep the reference rates of one day; return how many of them are new or differ from what was kept.

    Rates of days to come are left out: nobody can have published them.
    Idempotent.
    """
    if on > _today(now):
        return 0
    known = queries.list_rates(session, on, REFERENCE)
    changed = {code: rate for code, rate in rates.items() if known.get(code) != rate}
    return queries.replace_rates(session, on, REFERENCE, changed) if changed else 0


def set_staff_rate(session: Session, code: str, text: str, on: date, *, cause: Cause) -> None:
    """Set what one euro is worth on one day; it wins over the reference rate of that day.

    Raises: ValidationFailed naming ``quote``, ``rate`` or ``on``.
    Writes: the rate and an audit entry.
    """
    if not is_currency(code) or code == BASE:
        raise ValidationFailed({"quote": [f"A currency other than {BASE}."]})
    if on > _today(cause.at):
        raise ValidationFailed({"on": ["Today, or a day before."]})
    try:
        rate = format(parse_rate(text), "f")
    except InvalidRate as error:
        raise ValidationFailed({"rate": ["A decimal number above zero, such as 1.0832."]}) from error
    before = queries.list_rates(session, on, queries.STAFF).get(code)
    queries.replace_rates(session, on, queries.STAFF, {code: rate})
    changes = {"rate": (before, rate), "quote": (code, code), "on": (on.isoformat(), on.isoformat())}
    audit.record_event(session, "set_exchange_rate", ExchangeRate.__tablename__, cause=cause, changes=changes)


def _today(now: datetime) -> date:
    return now.astimezone(FRANKFURT).date()
