"""Who is told what by each event, once, in the app and by mail."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from airbnb.domain import clock
from airbnb.domain.causes import by_host
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import ActorKind, Channel, Provider, ReviewSide
from airbnb.domain.notifications import SWITCHABLE, NotificationKind
from airbnb.domain.statuses import BookingStatus, OutboxState, PendingOn
from airbnb.domain.topics import Topic
from airbnb.extensions import Base
from airbnb.models.bookings import Booking
from airbnb.models.notifications import Notification
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import Payout
from airbnb.models.platform import OutboxEvent
from airbnb.models.reviews import Review
from airbnb.models.users import User
from airbnb.queries.transitions import move_booking
from airbnb.services import outbox
from airbnb.services.notices import TOLD_TOPICS
from airbnb.services.notifications import set_preferences
from airbnb.tasks.notifications import tell
from airbnb.tasks.topics import HANDLERS
from airbnb.unit_of_work import in_transaction, reading
from tests.fakes.mailer import RecordingMailer

Happen = Callable[..., OutboxEvent]

BOOKING_TOPICS = {
    Topic.BOOKING_REQUESTED: "booking_requested",
    Topic.BOOKING_CONFIRMED: "booking_confirmed",
    Topic.BOOKING_DECLINED: "booking_declined",
    Topic.BOOKING_EXPIRED: "booking_expired",
    Topic.BOOKING_CANCELED: "booking_canceled",
    Topic.BOOKING_COMPLETED: "booking_completed",
}


@pytest.fixture
def happen(app: Flask, run_outbox: Callable[[], int]) -> Happen:
    """Record an event as a service would, and let the worker handle all that follows."""

    def record(topic: Topic, subject_id: int, **payload: Any) -> OutboxEvent:
        event = in_transaction(lambda session: outbox.record(session, topic, subject_id=subject_id, payload=payload))
        run_outbox()
        return event

    return record


def add(row: Base) -> Any:
    in_transaction(lambda session: session.add(row))
    return row


def alerts() -> list[Notification]:
    with reading() as session:
        return list(session.scalars(select(Notification).order_by(Notification.id)))


def a_payment(booking: Booking) -> Payment:
    return Payment(
        id=new_id(),
        booking_id=booking.id,
        payer_id=booking.guest_id,
        attempt=1,
        provider=Provider.SANDBOX,
        currency="EUR",
        amount_minor=34_200,
    )


def a_review(booking: Booking, side: ReviewSide = ReviewSide.GUEST) -> Review:
    author, subject = booking.guest_id, booking.host_id
    if side is ReviewSide.HOST:
        author, subject = subject, author
    return Review(
        id=new_id(),
        booking_id=booking.id,
        side=side,
        author_id=author,
        subject_id=subject,
        listing_id=booking.listing_id,
        rating=4,
        comment="Lovely.",
        window_ends_at=clock.now() + timedelta(days=14),
    )


def addressees(mailer: RecordingMailer) -> list[str]:
    return sorted(message.to for message in mailer.sent)


@pytest.mark.parametrize("topic, kind", BOOKING_TOPICS.items())
def test_both_sides_of_a_booking_are_told_in_words_of_their_own(
    make_stay: Callable[..., Booking],
    make_user: Callable[..., User],
    happen: Happen,
    mailer: RecordingMailer,
    topic: Topic,
    kind: str,
):
    guest, host = make_user(first_name="Grace"), make_user(first_name="Hugo")
    booking = make_stay(guest=guest, host=host)

    happen(topic, booking.id)

    assert {(one.user_id, one.kind, one.params["side"], one.subject_type, one.subject_id) for one in alerts()} == {
        (guest.id, kind, "guest", "booking", booking.id),
        (host.id, kind, "host", "booking", booking.id),
    }
    assert addressees(mailer) == sorted([guest.email, host.email])
    assert len({message.subject for message in mailer.sent}) == 2


@pytest.mark.parametrize("topic", [Topic.BOOKING_EXPIRED, Topic.BOOKING_CANCELED])
def test_a_host_hears_nothing_of_a_hold_that_was_never_paid(
    make_stay: Callable[..., Booking],
    make_user: Callable[..., User],
    happen: Happen,
    mailer: RecordingMailer,
    topic: Topic,
):
    guest = make_user()
    booking = make_stay(guest=guest, status=BookingStatus.EXPIRED, confirmed_at=None, completed_at=None)

    happen(topic, booking.id)

    assert [one.user_id for one in alerts()] == [guest.id]
    assert addressees(mailer) == [guest.email]


def test_a_cancellation_tells_who_canceled_why_and_what_comes_back(
    make_stay: Callable[..., Booking], happen: Happen, mailer: RecordingMailer
):
    canceled = {"canceled_at": clock.now(), "canceled_by": ActorKind.HOST, "cancel_reason": "Water damage"}
    booking = make_stay(status=BookingStatus.CANCELED, completed_at=None, **canceled)
    payment = add(a_payment(booking))
    refund = {"payment_id": payment.id, "booking_id": booking.id, "provider": Provider.SANDBOX}
    add(Refund(**refund, currency="EUR", amount_minor=34_200, reason="canceled"))

    happen(Topic.BOOKING_CANCELED, booking.id)

    to_guest = next(message for message in mailer.sent if message.subject == "Canceled: A room with a view")
    assert "Hugo had to cancel" in to_guest.text
    assert "> Water damage" in to_guest.text
    assert "€342.00" in to_guest.text


def test_a_decline_tells_the_reason(make_stay: Callable[..., Booking], happen: Happen, mailer: RecordingMailer):
    request = {"status": BookingStatus.PENDING, "pending_on": PendingOn.HOST, "respond_by": clock.now()}
    booking = make_stay(**request, confirmed_at=None, completed_at=None)
    cause = by_host(booking.host_id, now=clock.now(), reason="The roof leaks")
    step = (BookingStatus.PENDING, PendingOn.HOST)
    in_transaction(
        lambda session: move_booking(session, booking.id, old=step, new=(BookingStatus.DECLINED, None), cause=cause)
    )

    happen(Topic.BOOKING_DECLINED, booking.id)

    assert any("> The roof leaks" in message.text for message in mailer.sent)


@pytest.mark.parametrize(
    "topic, kind",
    [
        (Topic.PAYMENT_RECEIVED, "payment_received"),
        (Topic.PAYMENT_FAILED, "payment_failed"),
        (Topic.PAYMENT_RELEASED, "payment_released"),
    ],
)
def test_the_payer_is_told_about_a_payment(
    make_stay: Callable[..., Booking], happen: Happen, mailer: RecordingMailer, topic: Topic, kind: str
):
    booking = make_stay()
    payment = add(a_payment(booking))

    happen(topic, payment.id)

    (alert,) = alerts()
    assert (alert.user_id, alert.kind, alert.subject_id) == (booking.guest_id, kind, booking.id)
    assert alert.params["amount"] == {"amount_minor": 34_200, "currency": "EUR"}
    assert "€342.00" in mailer.sent[0].text


def test_the_payer_is_told_about_a_refund(make_stay: Callable[..., Booking], happen: Happen, mailer: RecordingMailer):
    booking = make_stay()
    payment = add(a_payment(booking))
    refund = Refund(
        id=new_id(),
        payment_id=payment.id,
        booking_id=booking.id,
        provider=Provider.SANDBOX,
        currency="EUR",
        amount_minor=5_000,
        reason="canceled",
    )

    happen(Topic.PAYMENT_REFUNDED, add(refund).id)

    assert [(one.user_id, one.kind) for one in alerts()] == [(booking.guest_id, "payment_refunded")]
    assert mailer.sent[0].subject == "€50.00 are on their way back to you"


@pytest.mark.parametrize("topic, kind", [(Topic.PAYOUT_PAID, "payout_paid"), (Topic.PAYOUT_FAILED, "payout_failed")])
def test_the_host_is_told_about_a_payout(
    make_user: Callable[..., User], happen: Happen, mailer: RecordingMailer, topic: Topic, kind: str
):
    host = make_user()
    payout = Payout(
        id=new_id(),
        host_id=host.id,
        run_key="2026-06-01",
        provider=Provider.SANDBOX,
        currency="EUR",
        amount_minor=29_100,
        due_at=clock.now(),
    )

    happen(topic, add(payout).id)

    assert [(one.user_id, one.kind) for one in alerts()] == [(host.id, kind)]
    assert "€291.00" in mailer.sent[0].text


def test_a_review_of_the_other_side_is_announced_without_a_word_of_it(
    make_stay: Callable[..., Booking], happen: Happen, mailer: RecordingMailer
):
    booking = make_stay()

    happen(Topic.REVIEW_RECEIVED, add(a_review(booking)).id)

    (alert,) = alerts()
    assert (alert.user_id, alert.subject_type) == (booking.host_id, "booking")
    assert "rating" not in alert.params
    assert "Lovely" not in mailer.sent[0].text
    assert "Lovely" not in (mailer.sent[0].html or "")


@pytest.mark.parametrize(
    "side, subject",
    [
        (ReviewSide.GUEST, "Grace's review of A room with a view is published"),
        (ReviewSide.HOST, "Hugo's review of you is published"),
    ],
)
def test_the_reviewed_side_is_told_when_a_review_is_published(
    make_stay: Callable[..., Booking], happen: Happen, mailer: RecordingMailer, side: ReviewSide, subject: str
):
    review = add(a_review(make_stay(), side))

    happen(Topic.REVIEW_PUBLISHED, review.id)

    assert [one.user_id for one in alerts()] == [review.subject_id]
    assert mailer.sent[0].subject == subject
    assert "> Lovely." in mailer.sent[0].text


def test_the_author_is_told_about_a_response(
    make_stay: Callable[..., Booking], happen: Happen, mailer: RecordingMailer
):
    review = a_review(make_stay())
    review.response, review.responded_at = "Thank you!", clock.now()
    add(review)

    happen(Topic.REVIEW_RESPONSE, review.id)

    assert [one.user_id for one in alerts()] == [review.author_id]
    assert "> Thank you!" in mailer.sent[0].text


def test_the_host_is_told_what_staff_decided(
    make_stay: Callable[..., Booking], happen: Happen, mailer: RecordingMailer
):
    booking = make_stay()

    happen(Topic.LISTING_DECISION, booking.listing_id, decision="suspended", reason="Not your house")

    assert [(one.user_id, one.params["decision"]) for one in alerts()] == [(booking.host_id, "suspended")]
    assert "> Not your house" in mailer.sent[0].text


@pytest.mark.parametrize("topic", [Topic.USER_VERIFIED, Topic.PASSWORD_CHANGED])
def test_a_user_is_told_about_the_account(
    make_user: Callable[..., User], happen: Happen, mailer: RecordingMailer, topic: Topic
):
    user = make_user()

    happen(topic, user.id)

    assert [one.user_id for one in alerts()] == [user.id]
    assert addressees(mailer) == [user.email]


@pytest.mark.parametrize("topic", [Topic.EMAIL_VERIFICATION_ASKED, Topic.PASSWORD_RESET_ASKED])
def test_a_mail_without_the_link_it_is_about_is_not_sent(
    make_user: Callable[..., User], happen: Happen, mailer: RecordingMailer, topic: Topic
):
    event = happen(topic, make_user().id)

    with reading() as session:
        told = session.get_one(OutboxEvent, event.id)
    assert told.state is OutboxState.DONE
    assert alerts() == mailer.sent == []


def test_preferences_switch_channels_off(
    make_stay: Callable[..., Booking], make_user: Callable[..., User], happen: Happen, mailer: RecordingMailer
):
    guest, host = make_user(), make_user()
    only_app = {Channel.EMAIL: False, Channel.IN_APP: True}
    only_mail = {Channel.EMAIL: True, Channel.IN_APP: False}

    def choose(session: Any) -> None:
        set_preferences(session, guest.id, {NotificationKind.BOOKING_CONFIRMED: only_app})
        set_preferences(session, host.id, {NotificationKind.BOOKING_CONFIRMED: only_mail})

    in_transaction(choose)
    happen(Topic.BOOKING_CONFIRMED, make_stay(guest=guest, host=host).id)

    assert [one.user_id for one in alerts()] == [guest.id]
    assert addressees(mailer) == [host.email]


def test_what_protects_the_account_cannot_be_switched_off(
    make_user: Callable[..., User], happen: Happen, mailer: RecordingMailer
):
    user = make_user()
    nothing = {kind: dict.fromkeys(Channel, False) for kind in NotificationKind}
    in_transaction(lambda session: set_preferences(session, user.id, nothing))

    happen(Topic.PASSWORD_CHANGED, user.id)

    assert NotificationKind.PASSWORD_CHANGED not in SWITCHABLE
    assert len(mailer.sent) == len(alerts()) == 1


def test_an_event_told_twice_is_told_once(
    make_stay: Callable[..., Booking], happen: Happen, mailer: RecordingMailer, run_outbox: Callable[[], int]
):
    event = happen(Topic.BOOKING_CONFIRMED, make_stay().id)

    assert tell.run(event.id) == 0
    run_outbox()

    assert len(alerts()) == len(mailer.sent) == 2
    with reading() as session:
        told = session.get_one(OutboxEvent, event.id)
    assert told.state is OutboxState.DONE


@pytest.mark.parametrize("topic", TOLD_TOPICS)
def test_an_event_whose_subject_is_gone_tells_nobody(happen: Happen, mailer: RecordingMailer, topic: Topic):
    happen(topic, 1)

    assert alerts() == mailer.sent == []


def test_every_topic_that_tells_somebody_is_handled():
    assert {topic for topic, task in HANDLERS.items() if task == "notifications.tell"} == set(TOLD_TOPICS)
