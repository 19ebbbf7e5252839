"""Staff pay a host from our own bank what a provider could not pay for good.

Source: docs/rules/payouts.md, "By hand".
"""

from sqlalchemy.orm import Session

from airbnb.domain.approvals import ApprovalKind
from airbnb.domain.causes import Cause
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.formats import one_line
from airbnb.domain.postings import paid_by_hand
from airbnb.domain.statuses import PayoutStatus
from airbnb.domain.topics import Topic
from airbnb.models.approvals import Approval
from airbnb.models.payouts import Payout
from airbnb.queries import payouts as queries
from airbnb.queries.transitions import move
from airbnb.services import ledger, outbox, payouts
from airbnb.services.approvals import Proposal

REFERENCE_LENGTH = 140


def by_hand_proposal(session: Session, payout_id: int, reference: str) -> Proposal:
    """Return the payment of a failed payout by a transfer of ours, to be proposed.

    ``reference`` is by what the transfer is found at our bank.
    Raises: InvalidTransition unless the payout failed for good; NotFound.
    """
    payout = _lock_failed(session, payout_id)
    return Proposal(
        kind=ApprovalKind.PAY_BY_HAND,
        subject=Payout,
        subject_id=payout.id,
        amounts=[payout.sent],
        terms={"reference": one_line(reference)[:REFERENCE_LENGTH]},
    )


def pay_by_hand(session: Session, approval: Approval, cause: Cause) -> list[int]:
    """Note that a host was paid from our own bank; nothing follows at the provider.

    Raises: InvalidTransition when the payout does not stand at failed for good any more.
    """
    payout = _lock_failed(session, approval.subject_id)
    started = payouts.started_entries(session, payout)
    move(
        session,
        Payout,
        payout.id,
        old=PayoutStatus.FAILED,
        new=PayoutStatus.PAID,
        cause=cause,
        by_hand_reference=approval.terms["reference"],
        paid_at=cause.at,
        failure_code=None,
        failure_permanent=None,
        failure_text=None,
    )
    entries = paid_by_hand(started)
    ledger.post(session, "payout_by_hand", f"payout:{payout.id}", entries, now=cause.at)
    outbox.record(session, Topic.PAYOUT_PAID, subject_id=payout.id)
    return []


def _lock_failed(session: Session, payout_id: int) -> Payout:
    payout = queries.lock_payout(session, payout_id)
    if payout.status is not PayoutStatus.FAILED or not payout.failure_permanent:
        raise InvalidTransition(**{"from": payout.status, "to": PayoutStatus.PAID})
    return payout
