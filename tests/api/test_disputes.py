"""Disputes: one case however its events come, the matching earnings held, the ledger posted, host and staff told."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from airbnb.domain.kinds import Role
from airbnb.models.disputes import Dispute
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.notifications import Notification
from airbnb.models.payments import Payment, Refund
from airbnb.models.payouts import Payout
from airbnb.queries.ledger import balances, find_faults
from airbnb.queries.payouts import WITH_ITEMS
from airbnb.unit_of_work import reading
from airbnb.workflows import payouts, timers
from airbnb.workflows.disputes import refresh_dispute
from airbnb.workflows.outside import gateway
from airbnb.workflows.sandbox import deliver_webhooks
from tests.factories.bookings import clock_at
from tests.factories.stripe import WEBHOOK_SECRETS
from tests.fakes.stripe import signature

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_OUT_AT = datetime(2027, 4, 9, 10, tzinfo=UTC)
DUE = CHECK_OUT_AT + timedelta(days=40)
EUR = "EUR"


@pytest.fixture(autouse=True)
def _now(freeze, own_sandbox):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


@pytest.fixture
def stay(guest, host, make_listing):
    """A confirmed stay, as the API answered it; on request more."""
    listing = make_listing(host=host.user)

    def book(day=5, key="book", token="tok_ok"):
        body = {
            "listing_id": str(listing.id),
            "check_in": f"2027-04-{day:02}",
            "check_out": f"2027-04-{day + 4:02}",
            "guests": {"adults": 1},
            "payment_method": "sandbox",
            "payment_token": token,
        }
        return guest.post("/bookings", json=body, key=key).json

    return book


@pytest.fixture
def rehearse(guest, run_outbox):
    def send(booking, event, **more):
        path = f"/sandbox/payments/{booking['payment']['id']}/events"
        answer = guest.post(path, json={"type": event, **more})
        run_outbox()
        return answer

    return send


def cases():
    with reading() as session:
        return session.scalars(select(Dispute).order_by(Dispute.id)).all()


def posted():
    with reading() as session:
        kinds = session.scalars(select(LedgerTransaction.kind).where(LedgerTransaction.kind.like("dispute%"))).all()
    return sorted(kinds)


def told(user_id):
    with reading() as session:
        rows = session.scalars(select(Notification).where(Notification.kind == "dispute")).all()
    return [row.params.get("amount") for row in rows if row.user_id == user_id]


@pytest.mark.parametrize(
    "last, kinds, left",
    [
        ("won", ["dispute_opened", "dispute_won"], {}),
        ("lost", ["dispute_lost", "dispute_opened"], {("dispute_losses", EUR): 1}),
    ],
)
def test_a_dispute_is_posted_and_told_from_opening_to_end(stay, rehearse, host, make_user, last, kinds, left):
    finance = make_user(roles=(Role.FINANCE,))
    booking = stay()
    with reading() as session:
        total = session.query(Payment).one().captured_minor

    assert rehearse(booking, "dispute").status_code == 200
    opened = cases()[0]
    with reading() as session:
        assert balances(session)["disputes", EUR] == total
    rehearse(booking, "dispute.under_review")
    rehearse(booking, f"dispute.{last}")

    assert (opened.status.value, opened.amount_minor, opened.reason) == ("needs_response", total, "fraudulent")
    assert opened.evidence_due_at == NOW + timedelta(days=7)
    (closed,) = cases()
    assert (closed.status.value, closed.closed_at) == (last, NOW)
    assert posted() == kinds
    with reading() as session:
        found = {name: amount for name, amount in balances(session).items() if name[0].startswith("dispute")}
    assert found == dict.fromkeys(left, total)
    assert len(told(host.user.id)) == len(told(finance.id)) == 2


def test_an_inquiry_takes_no_money_and_may_become_a_dispute(stay, rehearse):
    booking = stay()

    rehearse(booking, "dispute.inquiry")
    assert (cases()[0].is_inquiry, posted()) == (True, [])
    rehearse(booking, "dispute.opened")

    assert [case.is_inquiry for case in cases()] == [False]
    assert posted() == ["dispute_opened"]


def test_an_inquiry_that_comes_to_nothing_posts_nothing(stay, rehearse):
    booking = stay()
    rehearse(booking, "dispute.inquiry")
    rehearse(booking, "dispute.won")

    assert ([case.status.value for case in cases()], posted()) == (["won"], [])


def test_only_captured_payments_can_be_disputed(stay, rehearse):
    waiting = stay(token="tok_requires_action")

    answer = rehearse(waiting, "dispute")

    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert cases() == []


@pytest.mark.parametrize("event", ["dispute.made_up", "dispute.", "disputes"])
def test_words_that_the_bank_does_not_know_are_refused(stay, rehearse, event):
    assert rehearse(stay(), event).status_code == 422
    assert cases() == []


def test_late_and_doubled_events_end_in_one_case_and_one_posting(stay, rehearse, run_outbox):
    booking = stay()
    rehearse(booking, "dispute", delay_s=3600)
    assert cases() == []

    for event in ("dispute.lost", "dispute.opened", "dispute.won", "dispute.under_review"):
        rehearse(booking, event, duplicate=True)

    assert [case.status.value for case in cases()] == ["lost"]
    assert posted() == ["dispute_lost", "dispute_opened"]


@pytest.fixture
def banks(run_outbox):
    """Let the payer's bank of a booking take a step, however long after anybody signed in."""

    def take(booking, step):
        with reading() as session:
            payment = session.get_one(Payment, int(booking["payment"]["id"]))
        gateway("sandbox").dispute(payment.provider_ref, step)
        deliver_webhooks()
        run_outbox()

    return take


@pytest.fixture
def two_stays(stay, freeze):
    """Two stays that are over and due, in one payout's reach."""
    booked = stay(), stay(day=15, key="other")
    timers.complete_finished(CHECK_OUT_AT + timedelta(days=20))
    freeze(DUE)
    return booked


def waiting():
    """Return the bookings of each payout with its reasons and status."""
    with reading() as session:
        found = session.scalars(select(Payout).options(WITH_ITEMS)).all()
    return {
        (*payout.held_reasons, payout.status.value): [item.booking.code for item in payout.items] for payout in found
    }


def test_the_disputed_part_of_a_payout_waits_and_the_rest_is_paid(host, two_stays, banks):
    one, other = two_stays
    with clock_at(NOW):
        account = {"method": "sandbox", "currency": EUR, "details": {"iban": "DE89370400440532013000"}}
        assert host.put("/users/me/payout-account", json=account).status_code == 200
    banks(one, "opened")

    payouts.run_payouts(DUE)
    payouts.run_payouts(DUE)
    assert waiting() == {("dispute", "scheduled"): [one["code"]], ("paid",): [other["code"]]}

    banks(one, "won")
    payouts.run_payouts(DUE)
    with reading() as session:
        assert {payout.status.value for payout in session.scalars(select(Payout))} == {"paid"}


def test_a_payout_that_waited_for_its_account_leaves_out_what_is_disputed_since(two_stays, banks):
    one, other = two_stays
    payouts.run_payouts(DUE)
    assert list(waiting()) == [("account_missing", "scheduled")]

    banks(one, "opened")
    payouts.run_payouts(DUE)

    assert waiting() == {
        ("account_missing", "scheduled"): [other["code"]],
        ("dispute", "account_missing", "scheduled"): [one["code"]],
    }


class TestStripe:
    @pytest.fixture
    def paid(self, guest, host, make_listing, own_stripe):
        body = {
            "listing_id": str(make_listing(host=host.user).id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 1},
            "payment_method": "stripe",
            "payment_token": "pm_card_visa",
        }
        return guest.post("/bookings", json=body, key="book").json

    @pytest.mark.parametrize("is_won", [True, False])
    @pytest.mark.parametrize("order", list(itertools.permutations(["created", "closed"])))
    def test_events_in_any_order_end_the_same(self, paid, client, stripe_world, run_outbox, is_won, order):
        dispute = stripe_world.open_dispute(stripe_world.all("payment_intent")[0]["id"])
        stripe_world.close_dispute(dispute["id"], won=is_won)

        for word in order:
            delivery = stripe_world.events(f"charge.dispute.{word}")[0]
            for _ in range(2):
                stripe_post(client, delivery)
            run_outbox()

        assert [case.status.value for case in cases()] == ["won" if is_won else "lost"]
        assert posted() == sorted(["dispute_opened", "dispute_won" if is_won else "dispute_lost"])

    def test_a_dispute_of_something_unknown_is_not_ours(self, paid, stripe_world):
        assert refresh_dispute(only_payment().provider, "du_unknown") is False
        assert cases() == []


def only_payment():
    with reading() as session:
        return session.scalars(select(Payment)).one()


def stripe_post(client, event):
    raw = json.dumps(event)
    headers = {"Stripe-Signature": signature(raw, WEBHOOK_SECRETS[0], int(NOW.timestamp()))}
    assert client.post("/api/v1/webhooks/stripe", data=raw.encode(), headers=headers).status_code == 200


@pytest.mark.parametrize("last, sent", [("won", 1), ("lost", 0)])
def test_a_dispute_won_after_the_stay_was_canceled_sends_the_refund(stay, rehearse, host, freeze, last, sent):
    booking = stay()
    with reading() as session:
        total = session.query(Payment).one().captured_minor
    rehearse(booking, "dispute")
    assert host.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel").status_code == 200
    with reading() as session:
        assert session.query(Refund).count() == 0
        assert balances(session)["dispute_recoveries", EUR] == -total

    for _ in range(2):
        rehearse(booking, f"dispute.{last}")
    later = NOW + timedelta(minutes=2)
    freeze(later)

    assert timers.resolve_unsettled(later) == sent
    with reading() as session:
        refunds, left = session.query(Refund).all(), balances(session)
    assert [(one.status.value, one.amount_minor) for one in refunds] == [("succeeded", total)] * sent
    assert ("refunds_payable", EUR) not in left
    assert left.get(("dispute_recoveries", EUR), 0) == (0 if sent else -total)
    assert left.get(("gateway_clearing:sandbox", EUR), 0) == 0
