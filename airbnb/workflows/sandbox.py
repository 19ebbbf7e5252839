"""Rehearsing with the built-in provider: the payer's page, its webhooks to ourselves, and a booking's timers."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from flask import current_app

from airbnb.domain.errors import NotFound, ValidationFailed
from airbnb.domain.kinds import Provider
from airbnb.domain.statuses import BookingStatus, PendingOn
from airbnb.integrations.payments import GatewayRefused, SandboxGateway
from airbnb.integrations.payments.sandbox_store import PendingEvent
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment
from airbnb.queries import bookings as queries
from airbnb.queries.booking_changes import find_open
from airbnb.queries.bookings import Viewer
from airbnb.unit_of_work import reading
from airbnb.workflows import outside
from airbnb.workflows.booking_changes import expire_change
from airbnb.workflows.timers import complete_one, earn_one, expire_one

WEBHOOK_PATH = "/api/v1/webhooks/sandbox"
BATCH = 100


class Moment(StrEnum):
    """The instants of a booking that can be rehearsed."""

    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    EXPIRY = "expiry"


DISPUTE, OPENED = "dispute", "opened"
#: Events that stand for the payer's answer on the confirmation page.
ANSWERS = {"payment.authorized": True, "payment.failed": False}


def rehearse_event(payment: Payment, event_type: str, *, delay: timedelta, duplicate: bool) -> None:
    """Let the sandbox report something about a payment, late or twice if asked.

    ``payment.authorized`` and ``payment.failed`` also play the payer's answer where one is awaited. ``dispute`` and
    ``dispute.…`` play the payer's bank.
    Raises: ValidationFailed for a payment that is not the sandbox's or never reached it, or that can't be disputed.
    """
    if payment.provider is not Provider.SANDBOX or payment.provider_ref is None:
        raise ValidationFailed({"payment_id": ["This payment is not at the sandbox."]})
    gateway = _sandbox()
    subject, _, step = event_type.partition(".")
    if subject == DISPUTE:
        try:
            gateway.dispute(payment.provider_ref, step or OPENED, delay=delay, duplicate=duplicate)
        except GatewayRefused as refusal:
            raise ValidationFailed({"type": [f"The sandbox refuses: {refusal.code}."]}) from refusal
        deliver_webhooks()
        return
    if event_type in ANSWERS:
        gateway.complete_action(payment.provider_ref, ok=ANSWERS[event_type])
    gateway.emit_event(payment.provider_ref, event_type, delay=delay, duplicate=duplicate)
    deliver_webhooks()


def is_asked_for(provider_ref: str) -> bool:
    """Whether the sandbox knows a payment by this reference, so that its page can ask the payer."""
    try:
        _sandbox().return_urls(provider_ref)
    except GatewayRefused:
        return False
    return True


def answer_on_page(provider_ref: str, *, ok: bool) -> str | None:
    """Play the payer's answer on the confirmation page; return where to send them. Raises: NotFound."""
    gateway = _sandbox()
    try:
        gateway.complete_action(provider_ref, ok=ok)
        after_yes, after_no = gateway.return_urls(provider_ref)
    except GatewayRefused as refusal:
        raise NotFound() from refusal
    deliver_webhooks()
    return after_yes if ok else after_no


def deliver_webhooks() -> int:
    """Post every due webhook of the sandbox to our own route, as a real provider would; return how many arrived.

    Each stays queued until the route has answered with success.
    """
    if Provider.SANDBOX.value not in outside.gateway_names():
        return 0
    gateway = _sandbox()
    delivered = 0
    while True:
        events = gateway.pending_events(BATCH)
        arrived = sum(_deliver(gateway, event) for event in events)
        delivered += arrived
        # What the route refused stays queued for the next run.
        if len(events) < BATCH or not arrived:
            return delivered


def _deliver(gateway: SandboxGateway, event: PendingEvent) -> bool:
    client = current_app.test_client(use_cookies=False)
    answer = client.post(WEBHOOK_PATH, data=event.body, headers=gateway.signed_headers(event))
    if answer.status_code >= 300:
        return False
    gateway.mark_event_delivered(event)
    return True


def advance_booking(key: str, viewer: Viewer, moment: Moment) -> int:
    """Run a booking's timers as if it were one of its own instants; its dates and the clock stay. Raises: NotFound."""
    with reading() as session:
        booking = queries.get_booking_for(session, key, viewer)
    if moment is Moment.CHECK_OUT:
        complete_one(booking.id, now=booking.check_out_at)
    elif moment is Moment.EXPIRY:
        expire_one(booking.id, now=_after_deadline(booking))
        _expire_change(booking.id)
    else:
        # An unanswered request has lapsed by then, and so has a change that was to be answered or paid before.
        after_check_in = booking.check_in_at + timedelta.resolution
        expire_one(booking.id, now=after_check_in)
        _expire_change(booking.id, now=after_check_in)
        earn_one(booking.id, now=after_check_in)
    return booking.id


def _expire_change(booking_id: int, *, now: datetime | None = None) -> None:
    """Let a booking's open change lapse whose time is over at an instant, or at its own end unless one is given."""
    with reading() as session:
        change = find_open(session, booking_id)
    if change is not None:
        expire_change(change.id, now=now or change.expires_at + timedelta.resolution)


def _after_deadline(booking: Booking) -> datetime:
    waits_for_host = booking.status is BookingStatus.PENDING and booking.pending_on is PendingOn.HOST
    deadline = booking.respond_by if waits_for_host else booking.hold_expires_at
    return (deadline or booking.check_in_at) + timedelta.resolution


def _sandbox() -> SandboxGateway:
    if Provider.SANDBOX.value not in outside.gateway_names():
        raise NotFound()
    return cast(SandboxGateway, outside.gateway(Provider.SANDBOX))
