"""Acts on money at the dashboard: what waits for a second person, and what staff hold back of payouts."""

from functools import partial

from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from airbnb.admin import formats
from airbnb.admin.access import staff
from airbnb.admin.actions import StaffAction
from airbnb.admin.filters import IsOpen
from airbnb.admin.forms import FormView, StaffForm, StaffPage
from airbnb.admin.views import StaffView
from airbnb.domain.causes import Cause
from airbnb.domain.errors import NotFound, ValidationFailed
from airbnb.domain.ids import MAX_ID, new_token
from airbnb.domain.money import Money
from airbnb.domain.permissions import Permission
from airbnb.domain.statuses import ApprovalStatus
from airbnb.models.approvals import Approval
from airbnb.models.payouts import PayoutHold
from airbnb.queries.bookings import Viewer, get_booking_for
from airbnb.queries.payout_holds import sum_held
from airbnb.queries.users import get_user
from airbnb.services import payout_holds
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import approvals

PENDING = frozenset({ApprovalStatus.PENDING})


def _approve(approval_id: int, cause: Cause, _: str) -> None:
    approvals.approve(approval_id, cause)


def _effects_of_approving(row: Approval) -> list[str]:
    amount = Money(row.amount_minor, row.currency)
    return [
        f"{row.kind.value.replace('_', ' ').capitalize()}: {amount}, and it is done at once.",
        f"Proposed for this reason: {row.reason}",
        "Somebody else than who proposed it has to approve it.",
    ]


def _is_own(row: Approval) -> bool:
    """Whether this member of staff proposed it: then another has to approve it."""
    member = staff()
    return member is not None and member.id == row.proposed_by_id


class ApprovalsView(StaffView):
    """Every act of staff on money, newest first; those pending wait for a second person."""

    needs = Permission.MOVE_MONEY
    is_small = True
    staff_actions = (
        StaffAction(
            name="approve",
            label="Approve",
            permission=Permission.MOVE_MONEY,
            applies=lambda row: row.status in PENDING and not _is_own(row),
            effects=_effects_of_approving,
            run=_approve,
        ),
        StaffAction(
            name="reject",
            label="Reject",
            permission=Permission.MOVE_MONEY,
            applies=lambda row: row.status in PENDING,
            effects=lambda row: ["Nothing is done. Whoever proposed it may take it back in this way."],
            run=lambda row_id, cause, _: approvals.reject(row_id, cause),
            tone="secondary",
        ),
    )
    column_list = (
        "id", "kind", "status", "amount", "subject_type", "subject_id", "proposed_by_id", "decided_by_id", "created_at",
    )  # fmt: skip
    column_details_list = (
        *column_list, "needs_second", "reason", "terms", "decision_reason", "decided_at", "expires_at", "updated_at",
    )  # fmt: skip
    column_filters = ("status", "kind", "subject_id", "proposed_by_id", "decided_by_id", "created_at")
    column_sortable_list = ("id", "created_at")
    column_formatters = {
        "kind": formats.word,
        "status": formats.status,
        "amount": formats.amount("amount_minor"),
        "reason": formats.paragraph,
        "decision_reason": formats.paragraph,
        **dict.fromkeys(("proposed_by_id", "decided_by_id"), formats.link("users")),
        **dict.fromkeys(("created_at", "updated_at", "decided_at", "expires_at"), formats.instant),
    }


class HoldForm(StaffForm):
    """Whose money is kept back."""

    subject = StringField(
        "Host's id, or a booking's code",
        [InputRequired(), Length(1, 24)],
        description="A host: everything that is paid. A booking: what this stay earns.",
    )


def _hold(form: HoldForm, cause: Cause) -> None:
    name = form.subject.data.strip()

    def work(session: Session) -> None:
        if name.isdecimal():
            payout_holds.hold_host(session, get_user(session, min(int(name), MAX_ID)).id, cause=cause)
        else:
            booking = get_booking_for(session, name.upper(), Viewer(user_id=0, is_staff=True))
            payout_holds.hold_booking(session, booking.id, cause=cause)

    try:
        in_transaction(work)
    except NotFound as error:
        raise ValidationFailed({"subject": ["There is no such host or booking."]}) from error


def _effects_of_releasing(row: PayoutHold) -> list[str]:
    with reading() as session:
        held = sum_held(session, row)
    waiting = ", ".join(map(str, held)) or "Nothing so far"
    return [f"{waiting}: the next run pays it, if nothing else holds it.", "Above the limit a second person decides."]


def _release(hold_id: int, cause: Cause, _: str) -> None:
    make = partial(payout_holds.release_proposal, hold_id=hold_id)
    approvals.propose(make, request_key=new_token(), cause=cause)


class HoldsView(FormView):
    """What staff keep back of hosts' money."""

    needs = Permission.MOVE_MONEY
    is_small = True
    form_class = HoldForm
    staff_actions = (
        StaffAction(
            name="release",
            label="Release",
            permission=Permission.MOVE_MONEY,
            applies=lambda row: row.released_at is None,
            effects=_effects_of_releasing,
            run=_release,
            tone="warning",
        ),
    )
    column_list = ("id", "state", "host_id", "booking_id", "reason", "placed_by_id", "created_at", "released_at")
    column_details_list = (*column_list, "released_by_id")
    column_filters = (IsOpen(PayoutHold.released_at), "host_id", "booking_id", "created_at")
    column_sortable_list = ("id", "created_at")
    column_formatters = {
        "state": formats.openness("released_at"),
        "booking_id": formats.link("bookings"),
        "reason": formats.paragraph,
        **dict.fromkeys(("host_id", "placed_by_id", "released_by_id"), formats.link("users")),
        **dict.fromkeys(("created_at", "released_at"), formats.instant),
    }

    def adding(self) -> StaffPage:
        return StaffPage(title="Hold payouts", initial={}, run=_hold)
