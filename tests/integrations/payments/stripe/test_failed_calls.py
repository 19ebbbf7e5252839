"""What failed calls to Stripe did, and what their keys keep from happening twice."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from airbnb.integrations.payments.protocol import (
    GatewayPaymentStatus,
    GatewayRefused,
    GatewayTimeout,
    GatewayUnavailable,
)
from airbnb.integrations.payments.stripe import StripeGateway
from airbnb.integrations.payments.transport import Patience
from tests.factories.patience import QUICK
from tests.factories.stripe import stripe_gateway_for
from tests.integrations.payments.contract import new_payment
from tests.integrations.payments.stripe.calls import NOON, OK, RETURN_URL, authorized


class TestFailedCalls:
    """Whether Stripe may have acted decides between GatewayTimeout and GatewayUnavailable."""

    PATH = "/v1/payment_intents"

    @pytest.mark.parametrize("kind", ["lose_answer", "rate_limit"])
    def test_a_call_is_made_again_with_its_key_and_acts_once(self, gateway, world, kind):
        world.fail(self.PATH, kind, times=2)

        payment = authorized(gateway)

        assert payment.status is GatewayPaymentStatus.AUTHORIZED
        assert len(world.all("payment_intent")) == 1
        calls = world.calls(self.PATH)
        assert (len(calls), len({call["key"] for call in calls})) == (3, 1)

    @pytest.mark.parametrize(
        "kind, error, made",
        [
            ("lose_answer", GatewayTimeout, 1),
            ("error_500_after", GatewayTimeout, 3),  # not remembered by its key, so made thrice and found by reference
            ("error_500_before", GatewayTimeout, 0),
            ("rate_limit", GatewayUnavailable, 0),
        ],
    )
    def test_a_call_that_stays_without_answer_tells_whether_it_may_have_acted(self, gateway, world, kind, error, made):
        world.fail(self.PATH, kind, times=3)
        request = new_payment(token=OK)

        with pytest.raises(error):
            gateway.create_payment(request)

        assert len(world.all("payment_intent")) == made
        found = gateway.find_payment(request.reference, since=NOON)
        assert (found is not None) == (made > 0)

    def test_one_try_that_may_have_acted_makes_the_whole_call_uncertain(self, gateway, world):
        world.fail(self.PATH, "lose_answer")
        world.fail(self.PATH, "rate_limit", times=2)

        with pytest.raises(GatewayTimeout):
            authorized(gateway)

    def test_a_slow_answer_is_not_waited_for(self, world):
        gateway = stripe_gateway_for(world, patience=Patience(connect_s=1, read_s=0.3, budget_s=1, tries=1))
        world.fail(self.PATH, "stall", seconds=1.5)

        with pytest.raises(GatewayTimeout):
            authorized(gateway)
        assert gateway.key_valid_for == timedelta(hours=24)

    def test_where_nobody_listens_nothing_was_done(self, world):
        gateway = StripeGateway("sk_test_x", webhook_secrets=["whsec"], api_base="http://127.0.0.1:9", patience=QUICK)

        with pytest.raises(GatewayUnavailable):
            authorized(gateway)

    def test_a_wrong_key_does_nothing_and_may_be_put_right(self, world):
        gateway = StripeGateway("sk_test_wrong", webhook_secrets=["whsec"], api_base=world.url, patience=QUICK)

        with pytest.raises(GatewayUnavailable, match="key"):
            authorized(gateway)

    @pytest.mark.parametrize("kind", ["rate_limit", "error_500_before"])
    def test_a_question_never_acts(self, gateway, world, kind):
        payment = authorized(gateway)
        world.fail(self.PATH, kind, times=3, method="GET")

        with pytest.raises(GatewayUnavailable):
            gateway.get_payment(payment.provider_ref)

    def test_nonsense_is_refused(self, gateway):
        for overrides in ({"currency": "XXX"}, {"amount_minor": 0}, {"token": "pm_made_up"}):
            with pytest.raises(GatewayRefused) as caught:
                gateway.create_payment(new_payment(**{"token": OK, **overrides}))
            assert caught.value.permanent

    def test_logged_are_path_status_and_request_id_and_no_secret(self, world, gateway, caplog):
        with caplog.at_level(logging.DEBUG):
            payment = gateway.create_payment(
                new_payment(token="pm_card_authenticationRequired", return_url=RETURN_URL, reference="our-reference")
            )
            gateway.create_payment(new_payment(token="pm_card_visa_chargeDeclined"))

        ours = [record for record in caplog.records if record.name.startswith("airbnb")]
        assert (ours[0].path, ours[0].status) == (self.PATH, 200)
        assert ours[0].provider_request_id.startswith("req_")
        said = " ".join(str(vars(record)) for record in caplog.records)
        for secret in ("sk_test", payment.client_secret, "pm_card", "our-reference"):
            assert secret not in said


def test_threads_with_one_key_make_one_payment(gateway, world):
    request = new_payment(token=OK, capture=True)

    with ThreadPoolExecutor(8) as pool:
        refs = {payment.provider_ref for payment in pool.map(gateway.create_payment, [request] * 24)}

    assert len(refs) == len(world.all("payment_intent")) == 1


def test_a_key_is_forgotten_after_a_day_and_the_list_still_finds_the_payment(gateway, world):
    request = new_payment(token=OK)
    first = gateway.create_payment(request)
    world.stop_clock(NOON + timedelta(hours=24, seconds=1))

    assert gateway.find_payment(request.reference, since=NOON) == first
    assert gateway.create_payment(request).provider_ref != first.provider_ref


def test_a_payment_is_found_among_hundreds_and_not_before_its_time(gateway):
    wanted = authorized(gateway)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: gateway.create_payment(new_payment(token=None)), range(130)))

    assert gateway.find_payment(wanted.reference, since=NOON) == wanted
    assert gateway.find_payment(wanted.reference, since=NOON + timedelta(seconds=1)) is None
