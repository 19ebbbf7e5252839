"""Acts of staff on money: at once up to a limit, above it only when a second person agrees.

What an act does is the caller's; here is who may decide it, that it happens once, and what the audit log keeps.
Source: docs/rules/approvals.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.approvals import LIFETIME, ApprovalKind, ApprovalOpen, OwnProposal, needs_second_person
from airbnb.domain.causes import Cause, by_system
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.ids import new_id
from airbnb.domain.money import Money
from airbnb.domain.pricing.conversion import convert_amount
from airbnb.domain.statuses import ApprovalStatus
from airbnb.extensions import Base, current_settings
from airbnb.models.approvals import Approval
from airbnb.queries import approvals as queries
from airbnb.queries.exchange_rates import latest_rates, rate_between
from airbnb.queries.transitions import move, record_start
from airbnb.services.audit import record_action

#: Does what was decided and returns the calls to providers that follow; runs in the transaction of the decision.
Act = Callable[[Session, Approval, Cause], list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What staff want to do.

    ``amounts`` is what would move, one per currency; ``terms`` is JSON for the act.
    """

    kind: ApprovalKind
    subject: type[Base]
    subject_id: int
    amounts: Sequence[Money]
    terms: dict[str, Any] = field(default_factory=dict)

    @property
    def open_subject(self) -> str:
        """The name under which one proposal at a time waits."""
        return f"{self.kind}:{self.subject.__tablename__}:{self.subject_id}"


class Answer(NamedTuple):
    """What became of a proposal, and the calls to providers that follow from it."""

    approval: Approval
    calls: list[int]


def propose(
    session: Session,
    make: Callable[[Session], Proposal],
    *,
    request_key: str,
    acts: Mapping[ApprovalKind, Act],
    cause: Cause,
) -> Answer:
    """Do what staff want at once, or let it wait for a second person where it is worth more than the limit.

    ``make`` builds the proposal from how things stand; ``request_key`` names the form that was sent.
    Raises: ApprovalOpen while the same waits already; whatever ``make`` and the act raise.
    Idempotent: a form sent twice is one act.
    """
    known = queries.find_by_request(session, request_key)
    if known is not None:
        return Answer(known, [])
    proposal = make(session)
    approval = _new(session, proposal, request_key, cause)
    if approval.needs_second and queries.find_open(session, proposal.open_subject) is not None:
        raise ApprovalOpen()
    session.add(approval)
    try:
        session.flush()
    except IntegrityError as error:
        # Somebody proposed the same, or sent the same form, a moment ago.
        raise ApprovalOpen() from error
    record_start(session, approval, cause=cause)
    if approval.needs_second:
        _audit(session, f"propose_{approval.kind}", approval, cause)
        return Answer(approval, [])
    return Answer(approval, _carry_out(session, approval, acts, cause))


def approve(session: Session, approval_id: int, *, acts: Mapping[ApprovalKind, Act], cause: Cause) -> Answer:
    """Agree with what somebody else proposed, and do it.

    Locks: the proposal's row.
    Raises: OwnProposal; InvalidTransition when it was decided before or its time is over; whatever the act raises,
        and then it still waits.
    """
    approval = queries.lock_approval(session, approval_id)
    if approval.status is not ApprovalStatus.PENDING or cause.at >= approval.expires_at:
        raise InvalidTransition(**{"from": approval.status, "to": ApprovalStatus.APPROVED})
    if cause.actor_id == approval.proposed_by_id:
        raise OwnProposal()
    return Answer(approval, _carry_out(session, approval, acts, cause))


def reject(session: Session, approval_id: int, *, cause: Cause) -> None:
    """Turn a proposal down; whoever made it may take it back in the same way.

    Raises: InvalidTransition when it was decided before.
    """
    approval = queries.lock_approval(session, approval_id)
    _decide(session, approval, ApprovalStatus.REJECTED, cause)
    _audit(session, f"reject_{approval.kind}", approval, cause)


def expire(session: Session, approval_id: int, *, now: datetime) -> bool:
    """Let a proposal lapse whose time is over; whether it did. Idempotent."""
    approval = queries.lock_approval(session, approval_id)
    if approval.status is not ApprovalStatus.PENDING or now < approval.expires_at:
        return False
    _decide(session, approval, ApprovalStatus.EXPIRED, by_system(now=now))
    return True


def is_for_two_people(session: Session, proposal: Proposal) -> bool:
    """Say whether a second person has to agree.

    What one person did to the same before counts too: a large amount is not for one in small parts.
    """
    earlier = queries.list_alone(session, proposal.kind, proposal.subject.__tablename__, proposal.subject_id)
    done = [Money(one.amount_minor, one.currency) for one in earlier]
    _, worth_minor = _worth(session, [*proposal.amounts, *done])
    return needs_second_person(worth_minor, above_minor=current_settings().approval_above_minor)


def _new(session: Session, proposal: Proposal, request_key: str, cause: Cause) -> Approval:
    assert cause.actor_id is not None, "somebody proposes"
    shown, _ = _worth(session, proposal.amounts)
    needs_second = is_for_two_people(session, proposal)
    return Approval(
        id=new_id(),
        kind=proposal.kind,
        status=ApprovalStatus.PENDING,
        subject_type=proposal.subject.__tablename__,
        subject_id=proposal.subject_id,
        open_subject=proposal.open_subject if needs_second else None,
        request_key=request_key,
        currency=shown.currency,
        amount_minor=shown.amount_minor,
        terms=proposal.terms,
        reason=cause.reason,
        needs_second=needs_second,
        proposed_by_id=cause.actor_id,
        expires_at=cause.at + LIFETIME,
        created_at=cause.at,
    )


def _worth(session: Session, amounts: Sequence[Money]) -> tuple[Money, int | None]:
    """Return what is shown of some amounts, and their worth in the default currency; None where a rate is missing."""
    wanted = current_settings().default_currency
    rates = latest_rates(session) if any(one.currency != wanted for one in amounts) else {}
    total: int | None = 0
    for one in amounts:
        rate: Fraction | None = rate_between(rates, one.currency, wanted)
        worth = None if rate is None else convert_amount(one.amount_minor, rate, source=one.currency, target=wanted)
        total = None if total is None or worth is None else total + worth
    return (amounts[0] if len(amounts) == 1 else Money(total or 0, wanted)), total


def _carry_out(session: Session, approval: Approval, acts: Mapping[ApprovalKind, Act], cause: Cause) -> list[int]:
    _decide(session, approval, ApprovalStatus.APPROVED, cause)
    calls = acts[approval.kind](session, approval, cause)
    _audit(session, approval.kind.value, approval, cause)
    return calls


def _decide(session: Session, approval: Approval, status: ApprovalStatus, cause: Cause) -> None:
    is_second = approval.needs_second and cause.actor_id is not None
    move(
        session,
        Approval,
        approval.id,
        old=ApprovalStatus.PENDING,
        new=status,
        cause=cause,
        open_subject=None,
        decided_at=cause.at,
        decided_by_id=cause.actor_id if is_second else None,
        decision_reason=cause.reason if is_second else None,
    )


def _audit(session: Session, action: str, approval: Approval, cause: Cause) -> None:
    shown = {
        "status": (None, approval.status.value),
        "subject": (None, f"{approval.subject_type}:{approval.subject_id}"),
        "amount_minor": (None, approval.amount_minor),
        "currency": (None, approval.currency),
        "terms": (None, approval.terms),
    }
    record_action(session, action, Approval, approval.id, cause=cause, changes=shown)
