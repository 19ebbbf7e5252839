"""Comparing what providers say moved with our book; what is missing in the book is posted, nothing is edited.

Source: docs/rules/reconciliation.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.kinds import MovementKind, Provider
from airbnb.domain.postings import processor_fee, sent_to_bank
from airbnb.queries import disputes, payments, refunds
from airbnb.queries import reconciliation as queries
from airbnb.services import ledger
from airbnb.services.webhooks import as_id

PAYOUTS = (MovementKind.PAYOUT, MovementKind.PAYOUT_REVERSAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One line of our balance, in words that need no adapter. Units: minor units; money in is above zero."""

    provider_ref: str
    kind: MovementKind
    subject_ref: str | None
    reference: str | None
    amount_minor: int
    fee_minor: int
    currency: str
    at: datetime


def subject_of(session: Session, provider: Provider, movement: Movement) -> tuple[str, int | None]:
    """Return the source by which our book knows what moved, with the row's id; None for what is not ours."""
    found = _find(session, provider, movement)
    name = "intent" if movement.kind in PAYOUTS else movement.kind.value
    if found is None:
        return f"{name}:{movement.subject_ref or movement.provider_ref}", None
    return f"{name}:{found}", found


def _find(session: Session, provider: Provider, movement: Movement) -> int | None:
    ours, theirs = as_id(movement.reference or ""), movement.subject_ref or ""
    if movement.kind is MovementKind.PAYMENT:
        payment = payments.find_payment_by_ref(session, provider, theirs) or (
            None if ours is None else payments.find_payment(session, ours)
        )
        return None if payment is None or payment.provider is not provider else payment.id
    if movement.kind is MovementKind.REFUND:
        refund = refunds.find_refund_by_ref(session, provider, theirs) or (
            None if ours is None else refunds.get_refund(session, ours)
        )
        return None if refund is None or refund.provider is not provider else refund.id
    if movement.kind in PAYOUTS:
        intent = payments.find_payout_intent_by_ref(session, provider, theirs) or (
            None if ours is None else payments.find_payout_intent(session, ours)
        )
        return None if intent is None or intent.provider is not provider else intent.id
    if movement.kind is MovementKind.DISPUTE:
        dispute = disputes.find_by_ref(session, provider, theirs)
        return None if dispute is None else dispute.id
    return None


def is_booked(session: Session, provider: Provider, subject: str, movement: Movement) -> bool:
    """Say whether our book has something about what moved."""
    return (subject, movement.currency) in queries.booked_sums(session, provider, [subject])


def keep(session: Session, provider: Provider, movements: Sequence[Movement], *, now: datetime) -> set[str]:
    """Keep what moved, post fees and what went to our bank, and return what else it was about. Idempotent."""
    subjects = set()
    for one in movements:
        subject, _ = subject_of(session, provider, one)
        queries.store_movement(
            session,
            {
                "provider": provider,
                "provider_ref": one.provider_ref,
                "kind": one.kind,
                "subject": subject,
                "currency": one.currency,
                "amount_minor": one.amount_minor,
                "fee_minor": one.fee_minor,
                "at": one.at,
            },
        )
        source = f"{provider}:{one.provider_ref}"
        fee = processor_fee(provider=provider, fee_minor=one.fee_minor, currency=one.currency)
        ledger.post(session, "processor_fee", source, fee, now=now)
        if one.kind is MovementKind.TO_BANK:
            sent = sent_to_bank(provider=provider, amount_minor=-one.amount_minor, currency=one.currency)
            ledger.post(session, "sent_to_bank", source, sent, now=now)
        else:
            subjects.add(subject)
    return subjects


def compare(session: Session, provider: Provider, subjects: set[str], *, now: datetime) -> None:
    """Write down where the provider and our book differ, of these subjects and of what differed before."""
    asked = subjects | {row.subject for row in queries.open_differences(session, provider)}
    there = queries.listed_sums(session, provider, asked)
    booked = queries.booked_sums(session, provider, asked)
    for key in {*there, *booked}:
        queries.note_difference(session, provider, key, (there.get(key, 0), booked.get(key, 0)), now=now)
