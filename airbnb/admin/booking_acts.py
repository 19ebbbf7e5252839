"""What staff may do to a booking beside cancelling it, each with what it would do shown before."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from wtforms import SelectField
from wtforms.validators import InputRequired

from airbnb.admin import formats
from airbnb.admin.actions import Answers, Asking, Choice, Fields, StaffAction
from airbnb.admin.cancelling import may_now
from airbnb.domain import clock
from airbnb.domain.booking_actions import Action
from airbnb.domain.booking_deadlines import extended_hold_until
from airbnb.domain.causes import Cause
from airbnb.domain.permissions import Permission
from airbnb.domain.statuses import PayoutStatus
from airbnb.models.bookings import Booking
from airbnb.models.notifications import MailMessage
from airbnb.models.payouts import Payout
from airbnb.queries import booking_mails, payouts
from airbnb.queries.bookings import Viewer
from airbnb.services import booking_care
from airbnb.services.booking_life import ON_PAYMENT, has_lapsed, step_of
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.booking_answers import note_no_show
from airbnb.workflows.payouts import retry_payout


class Longer(StrEnum):
    """How much longer a guest may take to pay."""

    QUARTER = "15_minutes"
    HOUR = "1_hour"
    FOUR_HOURS = "4_hours"
    DAY = "24_hours"


SPANS = {
    Longer.QUARTER: timedelta(minutes=15),
    Longer.HOUR: timedelta(hours=1),
    Longer.FOUR_HOURS: timedelta(hours=4),
    Longer.DAY: timedelta(hours=24),
}


def _longer_hold(booking: Booking, by: timedelta, now: datetime) -> datetime:
    assert booking.hold_expires_at is not None
    return extended_hold_until(booking.hold_expires_at, by, now=now, check_in_at=booking.check_in_at)


def _can_wait(booking: Booking) -> bool:
    now = clock.now()
    waits = step_of(booking) == ON_PAYMENT and booking.hold_expires_at is not None and not has_lapsed(booking, now)
    return waits and _longer_hold(booking, SPANS[Longer.DAY], now) > (booking.hold_expires_at or now)


def _effects_of_waiting(booking: Booking, answers: Answers) -> list[str]:
    until = _longer_hold(booking, SPANS[Longer(answers["by"])], clock.now())
    return [
        f"The nights stay held until {formats.there(until, booking.time_zone)} at the place instead of "
        f"{formats.there(booking.hold_expires_at, booking.time_zone)}.",
        "Nobody else can book them until then. Never more than 24 hours from now, nor later than 2 hours before "
        "check-in.",
    ]


def _wait(booking_id: int, cause: Cause, answers: Answers) -> None:
    by = SPANS[Longer(answers["by"])]
    in_transaction(partial(booking_care.extend_hold, booking_id=booking_id, by=by, cause=cause))


EXTEND_HOLD = StaffAction(
    name="extend-hold",
    label="Give longer to pay",
    permission=Permission.HANDLE_BOOKINGS,
    applies=_can_wait,
    effects=lambda booking: ["The guest has not paid yet, and the nights are held for a while."],
    asking=Asking(
        fields=lambda booking: {
            "by": SelectField(
                "How much longer", [InputRequired()], choices=Choice(label="", words=Longer).options(), default=""
            )
        },
        effects=_effects_of_waiting,
        run=_wait,
    ),
    tone="primary",
)


# Nobody came


def _no_show(booking_id: int, cause: Cause, _: str) -> None:
    assert cause.actor_id is not None
    note_no_show(str(booking_id), Viewer(user_id=cause.actor_id, is_staff=True, ip=cause.ip), reason=cause.reason)


NO_SHOW = StaffAction(
    name="no-show",
    label="Note a no-show",
    permission=Permission.HANDLE_BOOKINGS,
    applies=lambda booking: may_now(Action.NO_SHOW, booking),
    effects=lambda booking: [
        "It is noted that the guest never came, and the guest is told.",
        "Money, nights and status stay as they are.",
    ],
    run=_no_show,
    tone="warning",
)


# Mails


def _mails_of(booking: Booking) -> Sequence[MailMessage]:
    with reading() as session:
        return booking_mails.list_resendable(session, booking)


def _mail_fields(booking: Booking) -> Fields:
    choices = [(str(mail.id), f"{mail.subject}, to {mail.to_address}") for mail in _mails_of(booking)]
    return {"mail": SelectField("Which mail", [InputRequired()], choices=[("", "Choose…"), *choices], default="")}


def _effects_of_mailing(booking: Booking, answers: Answers) -> list[str]:
    mail = next(one for one in _mails_of(booking) if str(one.id) == answers["mail"])
    return [
        f"“{mail.subject}” goes to {mail.to_address}, or to the address that the account has by now.",
        "It is written anew from how things stand now, and the one before stays as it is.",
    ]


def _mail(booking_id: int, cause: Cause, answers: Answers) -> None:
    in_transaction(partial(booking_care.resend_mail, booking_id=booking_id, mail_id=int(answers["mail"]), cause=cause))


RESEND_MAIL = StaffAction(
    name="resend-mail",
    label="Send a mail again",
    permission=Permission.HANDLE_BOOKINGS,
    applies=lambda booking: bool(_mails_of(booking)),
    effects=lambda booking: ["One of the mails about this booking goes out once more."],
    asking=Asking(fields=_mail_fields, effects=_effects_of_mailing, run=_mail),
    tone="primary",
)


# Payouts


def _failed_payouts(booking: Booking) -> Sequence[Payout]:
    with reading() as session:
        return payouts.list_of_booking(session, booking.id, PayoutStatus.FAILED)


def _payout_fields(booking: Booking) -> Fields:
    choices = [
        (str(one.id), f"{one.sent}: {one.failure_text or one.failure_code or 'failed'}")
        for one in _failed_payouts(booking)
    ]
    return {"payout": SelectField("Which payout", [InputRequired()], choices=choices)}


def _effects_of_retrying(booking: Booking, answers: Answers) -> list[str]:
    payout = next(one for one in _failed_payouts(booking) if str(one.id) == answers["payout"])
    amount = payout.sent
    if payout.failure_permanent:
        return [f"{amount} are gathered anew by the next run; they arrive only at an account that works."]
    return [f"The provider is asked at once to send {amount}; what it sent already is not sent twice."]


RETRY_PAYOUT = StaffAction(
    name="retry-payout",
    label="Try the payout again",
    permission=Permission.MOVE_MONEY,
    applies=lambda booking: bool(_failed_payouts(booking)),
    effects=lambda booking: ["A payout that gathers something of this booking has failed."],
    asking=Asking(
        fields=_payout_fields,
        effects=_effects_of_retrying,
        run=lambda _, cause, answers: retry_payout(int(answers["payout"]), cause),
    ),
    tone="warning",
)
