"""The latest reference rates between currencies."""

from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from airbnb.models.platform import ExchangeRate

#: The currency that reference rates are counted from.
BASE = "EUR"
STAFF = "staff"  # a rate set by staff wins over the reference rate of its day


def latest_rates(session: Session) -> dict[str, Fraction]:
    """Return what one euro is worth in every currency on the last day with rates; empty when there are none."""
    last_day = select(func.max(ExchangeRate.on)).where(ExchangeRate.base == BASE).scalar_subquery()
    statement = select(ExchangeRate.quote, ExchangeRate.source, ExchangeRate.rate).where(
        ExchangeRate.base == BASE, ExchangeRate.on == last_day
    )
    rows = sorted(session.execute(statement), key=lambda row: row.source == STAFF)
    rates = {row.quote: Fraction(row.rate) for row in rows}
    return {BASE: Fraction(1), **rates} if rates else {}


def rate_between(rates: dict[str, Fraction], source: str, target: str) -> Fraction | None:
    """Return the ``target`` that one ``source`` buys, in major units; None when a rate is missing."""
    if source == target:
        return Fraction(1)
    if source not in rates or target not in rates:
        return None
    return rates[target] / rates[source]
