"""The latest exchange rates, and the rows that they are kept in."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from sqlalchemy import and_, delete, func, select
from sqlalchemy.orm import Session

from airbnb.domain.exchange_rates import BASE, DatedRate
from airbnb.models.platform import ExchangeRate

STAFF = "staff"  # a rate set by staff wins over the reference rate of its day


def latest_dated_rates(session: Session) -> dict[str, DatedRate]:
    """Return what one euro is worth in every currency on the last day with a rate for it, in one statement."""
    newest = (
        select(ExchangeRate.quote, func.max(ExchangeRate.on).label("last"))
        .where(ExchangeRate.base == BASE)
        .group_by(ExchangeRate.quote)
        .subquery()
    )
    rows = session.execute(
        select(ExchangeRate.quote, ExchangeRate.on, ExchangeRate.source, ExchangeRate.rate)
        .join(newest, and_(ExchangeRate.quote == newest.c.quote, ExchangeRate.on == newest.c.last))
        .where(ExchangeRate.base == BASE)
    )
    return {
        row.quote: DatedRate(Fraction(row.rate), row.on) for row in sorted(rows, key=lambda row: row.source == STAFF)
    }


def latest_rates(session: Session) -> dict[str, Fraction]:
    """Return what one euro is worth in every currency, for showing: the last known rates, however old.

    Empty when there are none.
    """
    rates = {quote: dated.rate for quote, dated in latest_dated_rates(session).items()}
    return {BASE: Fraction(1), **rates} if rates else {}


def rate_between(rates: Mapping[str, Fraction], source: str, target: str) -> Fraction | None:
    """Return the ``target`` that one ``source`` buys, in major units; None when a rate is missing."""
    if source == target:
        return Fraction(1)
    if source not in rates or target not in rates:
        return None
    return rates[target] / rates[source]


def replace_rates(session: Session, on: date, source: str, rates: Mapping[str, str]) -> int:
    """Write what one euro is worth on one day by one source; return how many rates that are.

    Idempotent: a rate that was there is written over.
    """
    of_day = (ExchangeRate.base == BASE, ExchangeRate.on == on, ExchangeRate.source == source)
    session.execute(delete(ExchangeRate).where(*of_day, ExchangeRate.quote.in_(list(rates))))
    session.add_all(
        ExchangeRate(base=BASE, quote=quote, on=on, source=source, rate=rate) for quote, rate in sorted(rates.items())
    )
    session.flush()
    return len(rates)


def list_rates(session: Session, on: date, source: str) -> dict[str, str]:
    """Return the rates of one day by one source, as they are stored."""
    rows = session.execute(
        select(ExchangeRate.quote, ExchangeRate.rate).where(
            ExchangeRate.base == BASE, ExchangeRate.on == on, ExchangeRate.source == source
        )
    )
    return {row.quote: row.rate for row in rows}
