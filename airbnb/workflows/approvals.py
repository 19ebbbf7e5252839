"""Acts of staff on money: proposed, decided, and the calls to providers that follow once the decision stands."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from airbnb.domain.approvals import ApprovalKind
from airbnb.domain.causes import Cause
from airbnb.models.approvals import Approval
from airbnb.queries import approvals as queries
from airbnb.services import (
    approvals,
    payout_holds,
    payouts_by_hand,
    refund_routes,
    refunds,
    staff_cancellations,
)
from airbnb.services.approvals import Act, Answer, Proposal
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.batches import act_on_each
from airbnb.workflows.payment_outcomes import make_calls

BATCH = 200
ACTS: Mapping[ApprovalKind, Act] = {
    ApprovalKind.REFUND: refunds.give,
    ApprovalKind.REROUTE_REFUND: refund_routes.reroute,
    ApprovalKind.RELEASE_HOLD: payout_holds.release,
    ApprovalKind.PAY_BY_HAND: payouts_by_hand.pay_by_hand,
    ApprovalKind.CANCEL_BOOKING: staff_cancellations.cancel_as_approved,
}


def propose(make: Callable[[Session], Proposal], *, request_key: str, cause: Cause) -> Approval:
    """Propose what ``make`` builds from how things stand; up to the limit it is done at once.

    Raises: what ``approvals.propose`` and the act do.
    Idempotent: a form sent twice is one act.
    """
    answer = in_transaction(partial(approvals.propose, make=make, request_key=request_key, acts=ACTS, cause=cause))
    return _followed(answer)


def approve(approval_id: int, cause: Cause) -> Approval:
    """Agree with what somebody else proposed, and do it. Raises: what ``approvals.approve`` and the act do."""
    return _followed(in_transaction(partial(approvals.approve, approval_id=approval_id, acts=ACTS, cause=cause)))


def reject(approval_id: int, cause: Cause) -> None:
    """Turn a proposal down, or take one's own back."""
    in_transaction(partial(approvals.reject, approval_id=approval_id, cause=cause))


def expire_lapsed(now: datetime) -> int:
    """Let every proposal lapse that nobody decided in time; return how many did."""
    with reading() as session:
        lapsed = queries.list_lapsed_ids(session, now=now, limit=BATCH)
    return act_on_each(lapsed, lambda one: in_transaction(partial(approvals.expire, approval_id=one, now=now)))


def _followed(answer: Answer) -> Approval:
    """Make the calls that follow; one that is lost is found by the sweep."""
    make_calls(answer.calls)
    return answer.approval
