"""Somebody writes the very row that another has written and not yet committed: one row, and a clear answer.

On MariaDB the second comer meets the unique key; SQLite has one writer, so it waits and finds the row.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from airbnb.domain import clock
from airbnb.domain.errors import Busy
from airbnb.domain.kinds import Channel, Provider, Role
from airbnb.domain.notifications import NotificationKind
from airbnb.models.messages import Conversation, ConversationParticipant, Message
from airbnb.models.payments import PaymentIntent, WebhookEvent
from airbnb.models.payouts import Payout, PayoutItem
from airbnb.models.platform import OutboxEvent
from airbnb.models.reviews import Review
from airbnb.models.users import User
from airbnb.queries.bookings import find_booking
from airbnb.queries.payouts import Share
from airbnb.services import messages, notifications, payouts, reviews, users, webhooks
from airbnb.unit_of_work import in_transaction, is_open, reading
from airbnb.workflows.payouts import run_payouts
from tests.concurrency.racing import ahead_of, in_app
from tests.factories.accounts import registration
from tests.settings import TEST_DATABASE_URL

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
PREFERENCES = "/users/me/notification-preferences"

needs_server = pytest.mark.skipif(not TEST_DATABASE_URL, reason="SQLite has one writer: nobody comes in between")


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


def test_two_questions_at_once_go_into_one_conversation(app, guest, host, make_listing, count_rows):
    listing = make_listing(host=host.user)

    def first(session):
        messages.ask_host(session, listing, "Is there a lift?", guest_id=guest.user.id, stay=None, now=clock.now())

    with ahead_of(app, first):
        second = guest.post(f"/listings/{listing.id}/conversations", json={"message": "And a bath?"})

    assert second.status_code == 201, second.json
    assert (count_rows(Conversation), count_rows(ConversationParticipant), count_rows(Message)) == (1, 2, 2)
    talk = guest.get(f"/conversations/{second.json['id']}/messages").json["data"]
    assert {message["text"] for message in talk} == {"Is there a lift?", "And a bath?"}


def test_two_registrations_of_one_address_open_one_account(app, client, count_rows):
    body = registration()
    email = body["email"].lower()

    def first(session):
        users.create_user(session, email=email, roles=frozenset({Role.HOST}), first_name="Ana")

    with ahead_of(app, first):
        second = client.post("/api/v1/auth/register", json=body)

    assert (second.status_code, second.json["code"]) == (409, "email_taken")
    assert count_rows(User, User.email == email) == 1


def prefer(session, user_id, wanted):
    choices = {NotificationKind.PAYOUT_PAID: dict.fromkeys(Channel, wanted)}
    notifications.set_preferences(session, user_id, choices)


def test_the_later_choice_of_preferences_holds(app, guest):
    off = {"email": False, "in_app": False}

    with ahead_of(app, lambda session: prefer(session, guest.user.id, True)):
        second = guest.put(PREFERENCES, json={"events": {"payout_paid": off}})

    assert second.status_code == 200, second.json
    assert guest.get(PREFERENCES).json["events"]["payout_paid"] == off


@needs_server
def test_choices_that_cross_each_other_are_not_mixed(app, guest):
    """The first device chooses between the second one's deleting the old choices and its writing the new ones."""

    def second(session):
        def first(*flushing):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(in_app, app, lambda inner: prefer(inner, guest.user.id, True)).result()

        event.listen(session, "before_flush", first, once=True)
        prefer(session, guest.user.id, False)

    with pytest.raises(Busy):
        in_transaction(second)

    assert guest.get(PREFERENCES).json["events"]["payout_paid"] == {"email": True, "in_app": True}


def test_a_side_that_reviews_twice_at_once_has_one_review(app, guest, make_stay, count_rows):
    stay = make_stay(guest=guest.user)

    def write(comment):
        draft = reviews.ReviewDraft(rating=5, comment=comment)

        def work(session):
            booking = find_booking(session, stay.id)
            return reviews.write_review(session, booking, draft, user_id=guest.user.id, now=clock.now())

        return work

    with ahead_of(app, write("One.")), pytest.raises(reviews.AlreadyReviewed):
        in_transaction(write("Two."))

    assert not is_open()
    assert count_rows(Review, Review.comment == "One.") == count_rows(Review) == 1


def test_an_event_that_comes_over_two_connections_is_stored_once(app, count_rows):
    def store(session):
        return webhooks.store_event(
            session,
            Provider.SANDBOX,
            event_id="evt_1",
            event_type="payment.captured",
            payload={"provider_ref": "sbx_pay_1", "data": {}},
            now=NOW,
        )

    with ahead_of(app, store):
        assert in_transaction(store) is False

    assert count_rows(WebhookEvent) == 1
    assert count_rows(OutboxEvent, OutboxEvent.topic == "webhook.received") == 1


def test_case_36_two_runs_of_payouts_pay_an_item_once(app, guest, host, make_listing, make_booking, count_rows):
    account = {"method": "sandbox", "currency": "EUR", "details": {"iban": "DE89370400440532013000"}}
    assert host.put("/users/me/payout-account", json=account).status_code == 200
    stay = make_booking(listing=make_listing(host=host.user), guest=guest.user, completed=True)
    due = stay.check_out_at + timedelta(days=7)
    terms = payouts.RunTerms(now=due, run_key="another run", minimum_minor=100, provider=Provider.SANDBOX)

    with ahead_of(app, lambda session: payouts.gather(session, Share(host.user.id, "EUR"), terms)):
        assert run_payouts(due) == 0

    assert count_rows(Payout) == count_rows(PaymentIntent, PaymentIntent.operation == "payout") == 1
    with reading() as session:
        assert session.query(PayoutItem).one().payout_id == session.query(Payout).one().id
