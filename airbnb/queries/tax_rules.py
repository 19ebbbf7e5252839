"""Taxes of places: which versions hold, and taking one out of force."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from airbnb.models.pricing import TaxRuleVersion
from airbnb.queries.changes import matched_rows

#: Built once, for every quote and every booking reads it.
_IN_FORCE = select(TaxRuleVersion).where(
    TaxRuleVersion.country_code.in_(bindparam("countries", expanding=True)),
    TaxRuleVersion.current_of.is_not(None),
    TaxRuleVersion.valid_from <= bindparam("last"),
    or_(TaxRuleVersion.valid_until.is_(None), TaxRuleVersion.valid_until > bindparam("first")),
)


def list_in_force(
    session: Session, country_codes: Collection[str], *, first: date, last: date
) -> Sequence[TaxRuleVersion]:
    """Return the taxes of some countries, regions and cities of theirs too, that hold on a day from first to last.

    The wider places come first.
    """
    rows = session.scalars(_IN_FORCE, {"countries": list(country_codes), "first": first, "last": last})
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
