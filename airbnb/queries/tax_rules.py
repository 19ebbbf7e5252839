"""Taxes of places: which versions hold, and taking one out of force."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from airbnb.models.pricing import TaxRuleVersion
from airbnb.queries.changes import matched_rows


def list_in_force(
    session: Session, country_codes: Collection[str], *, first: date, last: date
) -> Sequence[TaxRuleVersion]:
    """Return the taxes of some countries, regions and cities of theirs too, that hold on a day from first to last.

    The wider places come first.
    """
    held = TaxRuleVersion
    rows = session.scalars(
        select(held).where(
            held.country_code.in_(country_codes),
            held.current_of.is_not(None),
            held.valid_from <= last,
            or_(held.valid_until.is_(None), held.valid_until > first),
        )
    )
    return sorted(rows, key=lambda rule: (rule.city is not None, rule.region is not None, rule.series_id))


def find_version(session: Session, rule_id: int) -> TaxRuleVersion | None:
    """Return one version of a tax."""
    return session.get(TaxRuleVersion, rule_id)


def end_version(session: Session, rule_id: int, *, now: datetime) -> bool:
    """Take the version in force out of it; whether this caller was the one that did."""
    ended = (
        update(TaxRuleVersion)
        .where(TaxRuleVersion.id == rule_id, TaxRuleVersion.current_of.is_not(None))
        .values(current_of=None, ended_at=now)
    )
    return matched_rows(session, ended) == 1
