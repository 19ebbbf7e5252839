"""Writing events in money into the double-entry book, each exactly once and only when it balances."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.postings import Entry, ensure_balanced
from airbnb.queries import ledger as queries


def is_posted(session: Session, kind: str, source: str) -> bool:
    """Say whether an event is in the book already."""
    return queries.has_transaction(session, kind, source)


def post(
    session: Session,
    kind: str,
    source: str,
    entries: Iterable[Entry],
    *,
    now: datetime,
    booking_id: int | None = None,
) -> bool:
    """Write one event into the book; whether this call was the one that wrote it.

    Entries of nothing are left out; an event of nothing is not written at all.
    Raises: UnbalancedPosting.
    Idempotent: ``(kind, source)`` is unique, a repeat changes nothing.
    Source: docs/rules/ledger.md.
    """
    lines = [entry for entry in entries if entry.amount_minor]
    ensure_balanced(lines)
    return bool(lines) and queries.append(session, kind, source, lines, now=now, booking_id=booking_id)
