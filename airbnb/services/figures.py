"""Keeping figures: written over with what was counted, or added to as things happen."""

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from airbnb.domain.figures import COUNTED_AS_THEY_HAPPEN, NO_CURRENCY, Figure
from airbnb.models.figures import DailyFigure
from airbnb.queries.changes import matched_rows
from airbnb.queries.figures import Key, list_figures

RECOUNTED = tuple(figure for figure in Figure if figure not in COUNTED_AS_THEY_HAPPEN)


def write_figures(session: Session, counted: Mapping[Key, int], *, first: date, last: date) -> int:
    """Put what was counted in place of what a span of days has; return how many figures changed. Idempotent."""
    kept = kept_figures(session, first, last)
    gone = kept.keys() - counted.keys()
    changed = [key for key, value in counted.items() if kept.get(key) != value]
    for day, figure, currency in gone | {key for key in changed if key in kept}:
        session.execute(
            delete(DailyFigure).where(
                DailyFigure.day == day, DailyFigure.figure == figure, DailyFigure.currency == currency
            )
        )
    if changed:
        rows = [
            {"day": day, "figure": figure, "currency": currency, "value": counted[day, figure, currency]}
            for day, figure, currency in sorted(changed)
        ]
        session.execute(insert(DailyFigure), rows)
    return len(gone) + len(changed)


def kept_figures(session: Session, first: date, last: date) -> dict[Key, int]:
    """Return what is kept of the figures that can be counted again."""
    rows = list_figures(session, first, last)
    return {(row.day, row.figure, row.currency): row.value for row in rows if row.figure in RECOUNTED}


def add_to_figures(session: Session, counts: Iterable[tuple[Figure, int]], *, day: date) -> None:
    """Add what happened to a day's figures."""
    for figure, count in counts:
        mine = (
            DailyFigure.day == day,
            DailyFigure.figure == figure,
            DailyFigure.currency == NO_CURRENCY,
        )
        more = update(DailyFigure).where(*mine).values(value=DailyFigure.value + count)
        if matched_rows(session, more) == 0:
            session.execute(insert(DailyFigure).values(day=day, figure=figure, currency=NO_CURRENCY, value=count))
