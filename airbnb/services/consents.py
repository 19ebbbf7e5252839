"""The log of what users agreed to and took back."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.kinds import ConsentKind
from airbnb.models.account_safety import Consent
from airbnb.models.users import User


def record_first(session: Session, user: User, *, now: datetime) -> None:
    """Write down what somebody agreed to as they opened their account. Needs: the user has an id."""
    if user.accepted_terms_version is not None:
        _record(session, user, ConsentKind.TERMS, version=user.accepted_terms_version, granted=True, now=now)
    if user.marketing_opt_in:
        _record(session, user, ConsentKind.MARKETING, granted=True, now=now)


def record_changes(session: Session, user: User, changes: dict[str, Any], *, now: datetime) -> None:
    """Write down what a change of the profile agrees to or takes back. Needs: the user still says what it said."""
    version = changes.get("accepted_terms_version")
    if version is not None and version != user.accepted_terms_version:
        _record(session, user, ConsentKind.TERMS, version=version, granted=True, now=now)
    opt_in = changes.get("marketing_opt_in")
    if opt_in is not None and opt_in != user.marketing_opt_in:
        _record(session, user, ConsentKind.MARKETING, granted=opt_in, now=now)


def _record(
    session: Session, user: User, kind: ConsentKind, *, granted: bool, now: datetime, version: str | None = None
) -> None:
    session.add(Consent(user_id=user.id, kind=kind, version=version, granted=granted, at=now))
