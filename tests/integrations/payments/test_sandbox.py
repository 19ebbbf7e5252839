"""The sandbox keeps the gateway contract, remembers like a provider and signs its webhooks."""

import json
import multiprocessing
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from airbnb.integrations.payments.protocol import (
    GatewayPaymentStatus,
    GatewayPayoutStatus,
    GatewayRefused,
    GatewayTimeout,
    GatewayUnavailable,
    WebhookRejected,
)
from airbnb.integrations.payments.sandbox import SandboxGateway
from airbnb.integrations.payments.sandbox_webhooks import SIGNATURE_HEADER
from airbnb.integrations.payments.signatures import sign
from tests.integrations.payments.contract import GatewayContract, new_payment, new_payout

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Watch:
    """A clock that tests can turn."""

    def __init__(self):
        self.at = NOON

    def __call__(self):
        return self.at


def gateway_on(path, watch, secrets=("whsec_new", "whsec_old")):
    return SandboxGateway(
        path, webhook_secrets=secrets, approval_base_url="http://api.test/sandbox/approve/", now=watch
    )


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def gateway(tmp_path, watch):
    gateway = gateway_on(tmp_path / "provider" / "sandbox.sqlite", watch)
    yield gateway
    gateway.close()


class TestContract(GatewayContract):
    @pytest.fixture
    def gateway(self, tmp_path, watch):
        gateway = gateway_on(tmp_path / "sandbox.sqlite", watch)
        yield gateway
        gateway.close()


@pytest.mark.parametrize(
    "token, code", [("tok_declined", "card_declined"), ("tok_insufficient_funds", "insufficient_funds")]
)
def test_declining_tokens_name_their_reason(gateway, token, code):
    payment = gateway.create_payment(new_payment(token=token))

    assert (payment.status, payment.failure_code) == (GatewayPaymentStatus.FAILED, code)
    assert gateway.void(payment.provider_ref, "void") == payment


@pytest.mark.parametrize(
    "overrides, code",
    [
        ({"token": "tok_made_up"}, "unknown_token"),
        ({"amount_minor": 0}, "invalid_amount"),
        ({"amount_minor": -5}, "invalid_amount"),
        ({"currency": "eur"}, "invalid_currency"),
        ({"currency": "EURO"}, "invalid_currency"),
    ],
)
def test_nonsense_is_refused_and_leaves_nothing(gateway, overrides, code):
    request = new_payment(**overrides)

    with pytest.raises(GatewayRefused) as caught:
        gateway.create_payment(request)
    assert (caught.value.code, caught.value.permanent) == (code, True)
    assert gateway.find_payment(request.reference, since=NOON) is None
    assert gateway.pending_events() == []


def test_a_lost_answer_still_charged_and_is_found_again(gateway):
    request = new_payment(token="tok_timeout", capture=True)

    with pytest.raises(GatewayTimeout):
        gateway.create_payment(request)

    found = gateway.find_payment(request.reference, since=NOON)
    assert (found.status, found.captured_minor) == (GatewayPaymentStatus.CAPTURED, 12_345)
    assert gateway.create_payment(request) == found
    assert [event.type for event in gateway.pending_events()] == ["payment.captured"]


@pytest.mark.parametrize("token", ["tok_requires_action", None])
@pytest.mark.parametrize(
    "capture, ok, status, code",
    [
        (False, True, GatewayPaymentStatus.AUTHORIZED, None),
        (True, True, GatewayPaymentStatus.CAPTURED, None),
        (True, False, GatewayPaymentStatus.FAILED, "authentication_failed"),
    ],
)
def test_the_payer_confirms_or_refuses_on_the_approval_page(gateway, token, capture, ok, status, code):
    waiting = gateway.create_payment(new_payment(token=token, capture=capture, return_url="https://shop.test/back"))

    assert waiting.status == GatewayPaymentStatus.REQUIRES_ACTION
    assert waiting.approval_url == f"http://api.test/sandbox/approve/{waiting.provider_ref}"
    assert gateway.return_urls(waiting.provider_ref) == ("https://shop.test/back", "https://shop.test/back")

    done = gateway.complete_action(waiting.provider_ref, ok=ok)
    assert (done.status, done.failure_code, done.approval_url) == (status, code, None)
    assert gateway.complete_action(waiting.provider_ref, ok=not ok) == done


def test_a_waiting_payment_can_be_voided_and_not_captured(gateway):
    waiting = gateway.create_payment(new_payment(token="tok_requires_action"))

    with pytest.raises(GatewayRefused, match="payment_requires_action"):
        gateway.capture(waiting.provider_ref, 12_345, "early", currency="EUR")
    assert gateway.void(waiting.provider_ref, "void").status == GatewayPaymentStatus.CANCELED


def test_a_failing_capture_is_refused_and_kept(gateway):
    payment = gateway.create_payment(new_payment(token="tok_capture_fails"))
    assert payment.status == GatewayPaymentStatus.AUTHORIZED

    with pytest.raises(GatewayRefused, match="capture_failed"):
        gateway.capture(payment.provider_ref, 12_345, "capture", currency="EUR")

    kept = gateway.get_payment(payment.provider_ref)
    assert (kept.status, kept.failure_code) == (GatewayPaymentStatus.FAILED, "capture_failed")
    at_once = gateway.create_payment(new_payment(token="tok_capture_fails", capture=True))
    assert (at_once.status, at_once.failure_code) == (GatewayPaymentStatus.FAILED, "capture_failed")


def test_an_authorization_lapses(gateway, watch):
    payment = gateway.create_payment(new_payment())
    watch.at = payment.capture_before

    with pytest.raises(GatewayRefused, match="authorization_expired"):
        gateway.capture(payment.provider_ref, 12_345, "late", currency="EUR")
    assert gateway.get_payment(payment.provider_ref).status == GatewayPaymentStatus.CANCELED


def test_a_key_is_forgotten_after_a_day(gateway, watch):
    request = new_payment()
    first = gateway.create_payment(request)
    watch.at += timedelta(hours=24)
    assert gateway.create_payment(request).provider_ref == first.provider_ref

    watch.at += timedelta(seconds=1)
    second = gateway.create_payment(request)
    assert second.provider_ref != first.provider_ref
    assert gateway.find_payment(request.reference, since=NOON) == second


def test_one_key_does_not_serve_two_verbs(gateway):
    request = new_payment()
    payment = gateway.create_payment(request)

    with pytest.raises(GatewayRefused, match="idempotency_key_reused"):
        gateway.capture(payment.provider_ref, 12_345, request.idempotency_key, currency="EUR")


def test_a_temporary_payout_failure_is_paid_when_tried_again_with_its_key(gateway):
    request = new_payout(account_details={"behaviour": "fail_temporary"})

    first, second, third = (gateway.create_payout(request) for _ in range(3))

    assert (first.status, first.failure_code, first.permanent) == (
        GatewayPayoutStatus.FAILED,
        "bank_unavailable",
        False,
    )
    assert (second.status, second.failure_code) == (GatewayPayoutStatus.PAID, None)
    assert third == second
    assert second.provider_ref == first.provider_ref
    assert [event.type for event in gateway.pending_events()] == ["payout.failed", "payout.paid"]


def test_a_permanent_payout_failure_stays(gateway):
    request = new_payout(account_details={"behaviour": "fail_permanent"})

    first = gateway.create_payout(request)

    assert (first.status, first.failure_code, first.permanent) == (GatewayPayoutStatus.FAILED, "account_closed", True)
    assert gateway.create_payout(request) == first == gateway.find_payout(request.reference, since=NOON)


def test_odd_account_details_do_no_harm(gateway):
    details = {"behaviour": "fail_temporary", "times": "many"}

    assert gateway.create_payout(new_payout(account_details=details)).status == GatewayPayoutStatus.PAID


def test_events_wait_until_delivered_and_verify(gateway):
    payment = gateway.create_payment(new_payment(capture=True))
    gateway.refund(payment.provider_ref, 100, "refund", currency="EUR", reference="refund-1")

    captured, refunded = gateway.pending_events()
    event = gateway.verify_webhook(gateway.signed_headers(captured), captured.body)

    assert (event.event_id, event.type, event.provider_ref) == (
        captured.event_id,
        "payment.captured",
        payment.provider_ref,
    )
    assert event.data["captured_minor"] == 12_345
    assert refunded.type == "refund.succeeded"
    gateway.mark_event_delivered(captured)
    assert gateway.pending_events() == [refunded]


def test_events_can_be_rehearsed_late_and_twice(gateway, watch):
    payment = gateway.create_payment(new_payment(capture=True))
    gateway.mark_event_delivered(gateway.pending_events()[0])
    event_id = gateway.emit_event(payment.provider_ref, "payment.captured", delay=timedelta(seconds=30), duplicate=True)

    assert gateway.pending_events() == []
    watch.at += timedelta(seconds=30)
    assert [event.event_id for event in gateway.pending_events()] == [event_id, event_id]


class TestSignatures:
    BODY = json.dumps({"id": "evt_1", "type": "payment.captured", "data": {"provider_ref": "pay_1"}}).encode()

    @pytest.mark.parametrize("secret", ["whsec_new", "whsec_old"])
    def test_every_known_secret_is_accepted_and_header_case_does_not_matter(self, gateway, secret):
        header = sign(self.BODY, secret, NOON)

        assert gateway.verify_webhook({"sandbox-signature": header}, self.BODY).event_id == "evt_1"
        assert gateway.verify_webhook({SIGNATURE_HEADER: header + ",v1=00,v0=x"}, self.BODY).event_id == "evt_1"

    @pytest.mark.parametrize("minutes, reason", [(-5.1, "signature_expired"), (5.1, "signature_expired")])
    def test_old_and_future_deliveries_are_rejected(self, gateway, minutes, reason):
        header = sign(self.BODY, "whsec_new", NOON + timedelta(minutes=minutes))

        with pytest.raises(WebhookRejected, match=reason):
            gateway.verify_webhook({SIGNATURE_HEADER: header}, self.BODY)

    def test_four_minutes_of_clock_drift_are_fine(self, gateway):
        header = sign(self.BODY, "whsec_new", NOON - timedelta(minutes=4))

        assert gateway.verify_webhook({SIGNATURE_HEADER: header}, self.BODY).type == "payment.captured"

    def test_a_changed_body_or_foreign_secret_is_rejected(self, gateway):
        good, foreign = sign(self.BODY, "whsec_new", NOON), sign(self.BODY, "whsec_else", NOON)

        for header, body in ((good, self.BODY + b" "), (foreign, self.BODY)):
            with pytest.raises(WebhookRejected, match="signature_mismatch"):
                gateway.verify_webhook({SIGNATURE_HEADER: header}, body)

    @pytest.mark.parametrize(
        "header", ["", "t=,v1=", "t=1", "v1=00", "t=x,v1=00", "t=1,t=2,v1=00", "t=²,v1=00", "t=" + "9" * 400 + ",v1=0"]
    )
    def test_malformed_headers_are_rejected(self, gateway, header):
        with pytest.raises(WebhookRejected, match="signature_malformed"):
            gateway.verify_webhook({SIGNATURE_HEADER: header}, self.BODY)

    def test_a_signature_that_is_not_ascii_is_a_mismatch(self, gateway):
        with pytest.raises(WebhookRejected, match="signature_mismatch"):
            gateway.verify_webhook({SIGNATURE_HEADER: "t=1,v1=\u00e9"}, self.BODY)

    def test_a_missing_header_is_rejected(self, gateway):
        with pytest.raises(WebhookRejected, match="signature_missing"):
            gateway.verify_webhook({}, self.BODY)

    @pytest.mark.parametrize(
        "body",
        [b"", b"[]", b"null", b"{}", b'{"id":1,"type":"x","data":{"provider_ref":"y"}}', b"\xff", b'{"data":[]}'],
    )
    def test_a_signed_body_of_another_shape_is_rejected(self, gateway, body):
        with pytest.raises(WebhookRejected, match="body_malformed"):
            gateway.verify_webhook({SIGNATURE_HEADER: sign(body, "whsec_new", NOON)}, body)


def test_a_gateway_without_a_secret_is_not_made(tmp_path, watch):
    with pytest.raises(ValueError, match="secret"):
        gateway_on(tmp_path / "sandbox.sqlite", watch, secrets=("",))


def test_threads_with_one_key_make_one_payment(gateway):
    request = new_payment(capture=True)

    with ThreadPoolExecutor(8) as pool:
        refs = {payment.provider_ref for payment in pool.map(gateway.create_payment, [request] * 40)}

    assert len(refs) == 1


def pay_in_another_process(path, shared, own, queue):
    gateway = gateway_on(path, Watch())
    refs = [gateway.create_payment(request).provider_ref for request in (shared, *own)]
    gateway.close()
    queue.put(refs)


def test_processes_that_start_together_share_the_books(tmp_path):
    path, shared = tmp_path / "sandbox.sqlite", new_payment(capture=True)
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    own = [[new_payment() for _ in range(20)] for _ in range(3)]
    workers = [context.Process(target=pay_in_another_process, args=(path, shared, requests, queue)) for requests in own]

    for worker in workers:
        worker.start()
    refs = [queue.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(timeout=60)

    assert len({made[0] for made in refs}) == 1
    assert len({ref for made in refs for ref in made[1:]}) == 60


def test_a_store_used_before_a_fork_opens_its_own_connection(gateway, monkeypatch):
    payment = gateway.create_payment(new_payment())
    before = list(gateway._store._idle)
    monkeypatch.setattr(gateway._store, "_owner", -1)

    assert gateway.get_payment(payment.provider_ref) == payment
    assert gateway._store._inherited == before
    before[0].close()


def test_a_locked_file_is_unavailable_and_recovers(gateway, tmp_path, monkeypatch):
    request = new_payment()
    gateway.create_payment(new_payment())
    gateway._store._idle[0].execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(tmp_path / "provider" / "sandbox.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(GatewayUnavailable):
        gateway.create_payment(request)
    other.execute("ROLLBACK")
    other.close()

    assert gateway.create_payment(request).status == GatewayPaymentStatus.AUTHORIZED


def test_a_file_that_is_no_database_is_unavailable(tmp_path, watch):
    path = tmp_path / "sandbox.sqlite"
    path.write_bytes(b"not a database at all, but long enough to be read as one" * 100)

    with pytest.raises(GatewayUnavailable):
        gateway_on(path, watch).create_payment(new_payment())


def test_the_payout_request_hides_the_account_in_logs():
    assert "DE02" not in repr(replace(new_payout(), account_details={"iban": "DE02120300000000202051"}))
