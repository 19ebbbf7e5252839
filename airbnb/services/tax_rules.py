"""What staff do to the taxes of places: every change makes a version, and none is ever edited.

Source: docs/rules/prices.md, "Taxes of places".
"""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.errors import InvalidTransition, NotFound
from airbnb.domain.ids import new_id
from airbnb.domain.tax_rules import TaxRuleDraft
from airbnb.models.pricing import TaxRuleVersion
from airbnb.queries import tax_rules as queries
from airbnb.services import audit


def add_rule(session: Session, draft: TaxRuleDraft, *, cause: Cause) -> TaxRuleVersion:
    """Write down a tax of a place.

    Raises: ValidationFailed naming the fields.
    Writes: its first version and an audit entry.
    """
    draft.check()
    rule_id = new_id()
    rule = _insert(session, draft, rule_id=rule_id, series_id=rule_id, version=1, cause=cause)
    changes = {name: (None, value) for name, value in _told(rule).items()}
    audit.record_action(session, "add_tax_rule", TaxRuleVersion, rule.id, cause=cause, changes=changes)
    return rule


def change_rule(session: Session, rule_id: int, draft: TaxRuleDraft, *, cause: Cause) -> TaxRuleVersion:
    """Put the next version of a tax in the place of the one in force; return the new one.

    Raises: NotFound; InvalidTransition when the version is not in force any more; ValidationFailed.
    Writes: the end of the old version, the new one, an audit entry.
    """
    draft.check()
    old = _end(session, rule_id, cause.at)
    new = _insert(session, draft, rule_id=new_id(), series_id=old.series_id, version=old.version + 1, cause=cause)
    before, after = _told(old), _told(new)
    changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    audit.record_action(session, "change_tax_rule", TaxRuleVersion, new.id, cause=cause, changes=changes)
    return new


def retire_rule(session: Session, rule_id: int, *, cause: Cause) -> None:
    """Take a tax out of force; bookings keep what they were made with.

    Raises: NotFound; InvalidTransition when it is not in force any more.
    """
    old = _end(session, rule_id, cause.at)
    changes = {"ended_at": (None, cause.at.isoformat())}
    audit.record_action(session, "retire_tax_rule", TaxRuleVersion, old.id, cause=cause, changes=changes)


def _end(session: Session, rule_id: int, now: datetime) -> TaxRuleVersion:
    rule = queries.find_version(session, rule_id)
    if rule is None:
        raise NotFound()
    if not queries.end_version(session, rule_id, now=now):
        raise InvalidTransition()
    session.refresh(rule)
    return rule


def _insert(
    session: Session, draft: TaxRuleDraft, *, rule_id: int, series_id: int, version: int, cause: Cause
) -> TaxRuleVersion:
    columns = {name: value for name, value in asdict(draft).items() if name != "place"}
    rule = TaxRuleVersion(
        **columns | asdict(draft.place) | {"label": draft.label.strip()},
        id=rule_id,
        series_id=series_id,
        version=version,
        current_of=series_id,
        created_at=cause.at,
        created_by_id=cause.actor_id,
    )
    session.add(rule)
    session.flush()
    return rule


def _told(rule: TaxRuleVersion) -> dict[str, Any]:
    """Return what the audit log keeps of a version, JSON-ready."""
    names = (
        "country_code", "region", "city", "label", "kind", "base", "rate_bps", "amount_minor", "currency", "max_nights",
        "exempt_from_nights", "exempt_below_age", "inclusive", "remitted_by", "valid_from", "valid_until", "version",
    )  # fmt: skip
    values = {name: getattr(rule, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
