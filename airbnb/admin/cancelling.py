"""Cancelling a booking at the dashboard, with what goes back chosen line by line, and its host's penalty."""

from collections.abc import Mapping
from functools import partial

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from airbnb.admin.actions import Answers, Asking, Fields, StaffAction
from airbnb.domain import clock
from airbnb.domain.approvals import ApprovalKind
from airbnb.domain.booking_actions import Action, actions_for
from airbnb.domain.cancellation import Refund
from airbnb.domain.causes import Cause
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.kinds import ActorKind
from airbnb.domain.money import InvalidAmount, Money, format_amount, parse_money
from airbnb.domain.permissions import Permission
from airbnb.domain.pricing import LineKind
from airbnb.domain.statuses import ApprovalStatus, BookingStatus
from airbnb.models.bookings import Booking
from airbnb.queries import payments
from airbnb.queries.bookings import Viewer, get_booking_for
from airbnb.schemas.price_labels import label_of
from airbnb.services.approvals import Proposal, is_for_two_people
from airbnb.services.booking_facts import facts_of
from airbnb.services.cancellations import chosen_refund, refund_now
from airbnb.services.penalties import find_penalty, waive_penalty
from airbnb.services.refunds import standing_of
from airbnb.services.staff_cancellations import cancellation_proposal
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import approvals
from airbnb.workflows.booking_answers import cancel_booking

#: Lines whose refund staff choose; taxes and a coupon follow from what is kept.
CHOSEN = (
    LineKind.NIGHTS,
    LineKind.EXTRA_GUESTS,
    LineKind.PETS,
    LineKind.CLEANING,
    LineKind.GUEST_SERVICE_FEE,
)
#: What the names of the form's fields for them begin with.
FIELD = "refund_"
ANYBODY = Viewer(user_id=0, is_staff=True)
PROPOSED = "Proposed: it is done once a second person approves it, under Approvals."


def may_now(action: Action, booking: Booking) -> bool:
    """Whether the rules let staff do something to a booking now."""
    facts = facts_of(booking, (), has_reviewed=False)
    return action in actions_for(ActorKind.STAFF, facts, clock.now())


def _refund(booking_id: int, refunds: Mapping[LineKind, int] | None = None) -> tuple[Booking, Refund]:
    """Return a confirmed booking and what cancelling it now gives back: as chosen, or as the rules have it."""
    now = clock.now()
    with reading() as session:
        booking = get_booking_for(session, str(booking_id), ANYBODY)
        attempts = payments.list_of_booking(session, booking.id)
    if refunds is None:
        return booking, refund_now(booking, attempts, by=ActorKind.STAFF, now=now)
    return booking, chosen_refund(booking, attempts, refunds, now=now)


def _cancel_fields(row: Booking) -> Fields:
    if row.status is not BookingStatus.CONFIRMED:
        return {}
    booking, refund = _refund(row.id)
    with reading() as session:
        left = {kind: line.left_minor for kind, line in standing_of(session, booking).lines.items()}
    return {
        f"{FIELD}{line.kind}": StringField(
            f"{label_of(line.label_key)}: back to the guest, in {booking.currency}",
            [InputRequired("An amount; 0 keeps the line."), Length(max=20)],
            # What went back before is not offered again, or the payments might not reach.
            default=format_amount(min(line.refund_minor, left.get(line.kind, 0)), booking.currency),
            description=_charged(Money(line.charged_minor, booking.currency), left.get(line.kind, 0)),
        )
        for line in refund.lines
        if line.kind in CHOSEN
    }


def _charged(charged: Money, left_minor: int) -> str:
    gone = Money(charged.amount_minor - left_minor, charged.currency)
    return (
        f"Charged: {charged}." if gone.amount_minor <= 0 else f"Charged: {charged}, of which {gone} went back before."
    )


def _chosen(booking: Booking, answers: Answers) -> dict[LineKind, int]:
    """Return what the form gives back of each line, in minor units. Raises: ValidationFailed."""
    chosen = {}
    for kind in CHOSEN:
        text = answers.get(f"{FIELD}{kind}")
        if text is None:
            continue
        whole = format_amount(0, booking.currency).lstrip("0")  # ".00" where the currency has cents
        try:
            amount = f"{text.strip()}{whole}" if text.strip().isdecimal() else text.strip()
            chosen[kind] = parse_money(amount, booking.currency).amount_minor
        except (InvalidAmount, ValueError) as error:
            raise ValidationFailed({f"{FIELD}{kind}": [str(error) or "Not an amount of this currency."]}) from error
    return chosen


def _effects_of_canceling(row: Booking, answers: Answers) -> list[str]:
    if row.status is not BookingStatus.CONFIRMED:
        return [
            "Nothing was taken, so nothing is paid back; what is set aside on the guest's card is let go.",
            "The nights can be booked again. Guest and host get a mail.",
        ]
    try:
        booking, refund = _refund(row.id, _chosen(row, answers))
    except ValidationFailed as refusal:
        errors = {f"{FIELD}{name}" if name in CHOSEN else name: texts for name, texts in refusal.errors.items()}
        raise ValidationFailed(errors) from refusal
    money = partial(Money, currency=booking.currency)
    return [
        *_says_second_person(booking, refund),
        f"The guest gets {money(refund.refund_minor)} back, of {money(booking.total_minor)} in all:",
        *(
            f"{label_of(line.label_key)}: {money(line.refund_minor)} of {money(line.charged_minor)}"
            for line in refund.lines
        ),
        f"Of what is kept, {money(refund.host_payout_minor)} go to the host and "
        f"{money(refund.guest_service_fee_kept_minor + refund.host_service_fee_minor)} are our fees.",
        "The coming nights can be booked again. Guest and host get a mail; the host pays no penalty.",
    ]


def _says_second_person(booking: Booking, refund: Refund) -> list[str]:
    amounts = [Money(refund.refund_minor, booking.currency)]
    proposal = Proposal(kind=ApprovalKind.CANCEL_BOOKING, subject=Booking, subject_id=booking.id, amounts=amounts)
    with reading() as session:
        is_for_two = is_for_two_people(session, proposal)
    return ["Nothing happens yet: it gives back so much that a second person has to approve it."] if is_for_two else []


def _cancel(booking_id: int, cause: Cause, answers: Answers) -> str | None:
    assert cause.actor_id is not None
    viewer = Viewer(user_id=cause.actor_id, is_staff=True, ip=cause.ip)
    with reading() as session:
        booking = get_booking_for(session, str(booking_id), viewer)
    if booking.status is not BookingStatus.CONFIRMED:
        cancel_booking(str(booking_id), viewer, reason=cause.reason)
        return None
    refunds = _chosen(booking, answers)
    make = partial(cancellation_proposal, booking_id=booking_id, refunds=refunds, cause=cause)
    approval = approvals.propose(make, request_key=answers["request_key"], cause=cause)
    return PROPOSED if approval.status is ApprovalStatus.PENDING else None


CANCEL = StaffAction(
    name="cancel",
    label="Cancel booking",
    permission=Permission.CANCEL_BOOKINGS,
    applies=lambda booking: may_now(Action.CANCEL, booking),
    effects=lambda booking: (
        ["What stands below is what our rules give back when staff cancel; change it line by line."]
        if booking.status is BookingStatus.CONFIRMED
        else ["The booking is given up before it was confirmed."]
    ),
    asking=Asking(fields=_cancel_fields, effects=_effects_of_canceling, run=_cancel),
    reason_label="Reason (guest and host read it)",
)


def _waive(booking_id: int, cause: Cause, _: str) -> None:
    in_transaction(lambda session: waive_penalty(session, booking_id, cause=cause))


def _has_penalty(booking: Booking) -> bool:
    if booking.canceled_by is not ActorKind.HOST:
        return False
    with reading() as session:
        return find_penalty(session, booking.id) is not None


def _effects_of_waiving(booking: Booking) -> list[str]:
    with reading() as session:
        penalty = find_penalty(session, booking.id)
    amount = "" if penalty is None else f" of {Money(-penalty.amount_minor, penalty.currency)}"
    return [f"The host is let off the penalty{amount}; what was taken already comes with their next payout."]


WAIVE = StaffAction(
    name="waive-penalty",
    label="Waive the host's penalty",
    permission=Permission.MOVE_MONEY,
    applies=_has_penalty,
    effects=_effects_of_waiving,
    run=_waive,
    tone="warning",
)
