"""Second factors: read, and used up by compare-and-set."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from airbnb.models.second_factors import RecoveryCode, TotpFactor
from airbnb.queries.changes import matched_rows
from airbnb.queries.identity_cache import note_change


def find_factor(session: Session, user_id: int) -> TotpFactor | None:
    """Return a user's code generator, confirmed or not, or None."""
    return session.scalar(select(TotpFactor).where(TotpFactor.user_id == user_id))


def use_step(session: Session, factor_id: int, *, step: int) -> bool:
    """Spend a step and every earlier one; whether this caller was the one that did it."""
    statement = update(TotpFactor).where(TotpFactor.id == factor_id, TotpFactor.last_step < step)
    return matched_rows(session, statement.values(last_step=step)) == 1


def confirm_factor(session: Session, user_id: int, *, now: datetime) -> bool:
    """Let a generator count from now on; whether it did not before."""
    note_change(session, user_id)
    statement = update(TotpFactor).where(TotpFactor.user_id == user_id, TotpFactor.confirmed_at.is_(None))
    return matched_rows(session, statement.values(confirmed_at=now)) == 1


def use_recovery_code(session: Session, user_id: int, code_hash: str, *, now: datetime) -> bool:
    """Spend a recovery code; whether this caller was the one that did it."""
    statement = update(RecoveryCode).where(
        RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None)
    )
    return matched_rows(session, statement.values(used_at=now)) == 1


def add_recovery_codes(session: Session, user_id: int, code_hashes: Iterable[str]) -> None:
    """Store the hashes of fresh recovery codes."""
    session.add_all(RecoveryCode(user_id=user_id, code_hash=code_hash) for code_hash in code_hashes)


def delete_factor(session: Session, user_id: int) -> bool:
    """Remove a user's code generator and recovery codes; whether there was a generator."""
    note_change(session, user_id)
    matched_rows(session, delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    return matched_rows(session, delete(TotpFactor).where(TotpFactor.user_id == user_id)) == 1
