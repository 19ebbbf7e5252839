"""How much waits for somebody."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.kinds import ReviewSide
from airbnb.domain.statuses import BookingStatus, PendingOn
from airbnb.models.messages import Conversation, ConversationParticipant, Message
from airbnb.models.notifications import Notification
from airbnb.models.reviews import Review
from airbnb.unit_of_work import in_transaction

NOTHING = {"unread_notifications": 0, "unread_messages": 0, "pending_requests": 0, "pending_reviews": 0}


@pytest.fixture
def add(app):
    def insert(*rows):
        def work(session: Session) -> None:
            session.add_all(rows)

        in_transaction(work)

    return insert


def test_nothing_waits_for_somebody_new(guest, count_statements):
    answer = guest.get("/users/me/counters")

    assert (answer.status_code, answer.json) == (200, NOTHING)
    assert len(count_statements) == 2  # who is it, and all the counts


def test_unread_notifications_of_the_caller_count(guest, host, add):
    add(
        Notification(user_id=guest.user.id, kind="a"),
        Notification(user_id=guest.user.id, kind="b", read_at=clock.now()),
        Notification(user_id=host.user.id, kind="a"),
    )

    assert guest.get("/users/me/counters").json == {**NOTHING, "unread_notifications": 1}


def test_messages_of_others_after_the_last_read_one_count(guest, host, make_stay, add):
    stay = make_stay(
        guest=guest.user, host=host.user, status=BookingStatus.CANCELED, canceled_at=clock.now(), canceled_by="guest"
    )
    talk = Conversation(id=1, listing_id=stay.listing_id, guest_id=guest.user.id)
    add(talk)
    add(
        ConversationParticipant(conversation_id=1, user_id=guest.user.id, last_read_message_id=11),
        ConversationParticipant(conversation_id=1, user_id=host.user.id),
    )
    authors = {10: host, 11: host, 12: host, 13: guest}
    add(*(Message(id=n, conversation_id=1, author_id=who.user.id, body="Hello") for n, who in authors.items()))

    assert guest.get("/users/me/counters").json == {**NOTHING, "unread_messages": 1}
    assert host.get("/users/me/counters").json == {**NOTHING, "unread_messages": 1}


def test_requests_that_wait_for_the_host_count_for_the_host(guest, host, make_stay):
    make_stay(guest=guest.user, host=host.user, status=BookingStatus.PENDING, pending_on=PendingOn.HOST)
    make_stay(guest=guest.user, host=host.user, status=BookingStatus.PENDING, pending_on=PendingOn.PAYMENT)

    assert host.get("/users/me/counters").json == {**NOTHING, "pending_requests": 1}
    assert guest.get("/users/me/counters").json == NOTHING


def test_stays_still_to_be_reviewed_count_for_both_sides(guest, host, make_stay, add):
    stay = make_stay(guest=guest.user, host=host.user)
    long_ago = clock.now() - timedelta(days=15)
    make_stay(guest=guest.user, host=host.user, check_in_at=long_ago - timedelta(days=2), check_out_at=long_ago)
    before = guest.get("/users/me/counters").json
    add(
        Review(
            booking_id=stay.id,
            side=ReviewSide.GUEST,
            author_id=guest.user.id,
            subject_id=host.user.id,
            listing_id=stay.listing_id,
            rating=5,
            comment="A fine stay.",
            window_ends_at=clock.now(),
        )
    )

    assert before == {**NOTHING, "pending_reviews": 1}
    assert guest.get("/users/me/counters").json == NOTHING
    assert host.get("/users/me/counters").json == {**NOTHING, "pending_reviews": 1}
