"""What providers say moved, beside what our book says of the same."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Provider
from airbnb.domain.ledger_accounts import clearing_account
from airbnb.models.ledger import LedgerEntry, LedgerTransaction
from airbnb.models.provider_movements import ProviderDifference, ProviderMovement
from airbnb.queries.changes import matched_rows

#: Kinds whose money the provider lists line by line.
LISTED = (
    "payment_captured",
    "refund_sent",
    "refund_came_back",
    "payout_paid",
    "payout_came_back",
    "dispute_opened",
    "dispute_won",
)
#: (subject, currency) -> minor units.
Sums = dict[tuple[str, str], int]


def store_movement(session: Session, values: dict[str, Any]) -> None:
    """Keep one line of a provider's balance; one that is known keeps all but its subject, which may be known by now."""
    known = (
        update(ProviderMovement)
        .where(ProviderMovement.provider == values["provider"], ProviderMovement.provider_ref == values["provider_ref"])
        .values(subject=values["subject"])
    )
    if not matched_rows(session, known):
        session.execute(insert(ProviderMovement).values(id=new_id(), **values))


def listed_sums(session: Session, provider: Provider, subjects: Collection[str]) -> Sums:
    """Return what moved at the provider for each subject."""
    rows = session.execute(
        select(ProviderMovement.subject, ProviderMovement.currency, func.sum(ProviderMovement.amount_minor))
        .where(ProviderMovement.provider == provider, ProviderMovement.subject.in_(subjects))
        .group_by(ProviderMovement.subject, ProviderMovement.currency)
    )
    return {(subject, currency): int(amount) for subject, currency, amount in rows}


def booked_sums(session: Session, provider: Provider, subjects: Collection[str]) -> Sums:
    """Return what our book has for each subject on the provider's account."""
    rows = session.execute(
        select(LedgerTransaction.source, LedgerEntry.currency, func.sum(LedgerEntry.amount_minor))
        .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
        .where(
            LedgerTransaction.source.in_(subjects),
            LedgerTransaction.kind.in_(LISTED),
            LedgerEntry.account == clearing_account(provider),
        )
        .group_by(LedgerTransaction.source, LedgerEntry.currency)
    )
    return {(source, currency): int(amount) for source, currency, amount in rows}


def booked_subjects(session: Session, provider: Provider, *, since: datetime, until: datetime) -> Sequence[str]:
    """Return what our book moved on the provider's account in ``[since, until)``."""
    return session.scalars(
        select(LedgerTransaction.source)
        .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
        .where(
            LedgerTransaction.occurred_at >= since,
            LedgerTransaction.occurred_at < until,
            LedgerTransaction.kind.in_(LISTED),
            LedgerEntry.account == clearing_account(provider),
        )
        .distinct()
    ).all()


def open_differences(session: Session, provider: Provider | None = None) -> Sequence[ProviderDifference]:
    """Return what is not resolved, the oldest first."""
    statement = select(ProviderDifference).where(ProviderDifference.resolved_at.is_(None))
    if provider is not None:
        statement = statement.where(ProviderDifference.provider == provider)
    return session.scalars(statement.order_by(ProviderDifference.id)).all()


def note_difference(
    session: Session, provider: Provider, key: tuple[str, str], amounts: tuple[int, int], *, now: datetime
) -> None:
    """Write down what the provider and our book say of one subject; once both say the same, it is resolved."""
    subject, currency = key
    there, booked = amounts
    same = there == booked
    row = session.scalar(
        select(ProviderDifference).where(
            ProviderDifference.provider == provider,
            ProviderDifference.subject == subject,
            ProviderDifference.currency == currency,
        )
    )
    if row is None and same:
        return
    if row is None:
        row = ProviderDifference(id=new_id(), provider=provider, subject=subject, currency=currency, found_at=now)
        session.add(row)
    row.provider_minor, row.booked_minor = there, booked
    row.resolved_at = (row.resolved_at or now) if same else None
