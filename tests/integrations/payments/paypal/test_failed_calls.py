"""What failed calls to PayPal did, whose token they carry, and what the log says of them."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from airbnb.integrations.payments.paypal import PayPalGateway
from airbnb.integrations.payments.protocol import (
    GatewayPaymentStatus,
    GatewayRefused,
    GatewayTimeout,
    GatewayUnavailable,
)
from airbnb.integrations.payments.transport import Patience
from tests.factories.patience import QUICK
from tests.factories.paypal import paypal_gateway_for
from tests.fakes.paypal import CLIENT_ID, CLIENT_SECRET
from tests.integrations.payments.paypal.calls import ORDERS, RETURN_URL, paid, waiting


class TestFailedCalls:
    """Whether PayPal may have acted decides between GatewayTimeout and GatewayUnavailable."""

    @pytest.mark.parametrize("kind", ["lose_answer", "rate_limit", "error_500_before", "error_500_after"])
    def test_a_call_is_made_again_with_its_key_and_acts_once(self, gateway, world, kind):
        world.fail(ORDERS, kind, times=2)

        payment = waiting(gateway)

        assert payment.status is GatewayPaymentStatus.REQUIRES_ACTION
        assert len(world.all("order")) == 1
        calls = world.calls(ORDERS)
        assert len({call["key"] for call in calls}) == 1
        assert len(calls) == (2 if kind == "error_500_after" else 3)

    @pytest.mark.parametrize(
        "kind, error, made",
        [
            ("lose_answer", GatewayTimeout, 1),
            ("error_500_before", GatewayTimeout, 0),
            ("rate_limit", GatewayUnavailable, 0),
        ],
    )
    def test_a_call_that_stays_without_answer_tells_whether_it_may_have_acted(self, gateway, world, kind, error, made):
        world.fail(ORDERS, kind, times=3)

        with pytest.raises(error):
            waiting(gateway)
        assert len(world.all("order")) == made

    def test_a_call_that_is_worked_on_right_now_has_an_open_outcome(self, gateway, world):
        world.fail(ORDERS, "refuse", code="PREVIOUS_REQUEST_IN_PROGRESS")

        with pytest.raises(GatewayTimeout):
            waiting(gateway)

    def test_a_slow_answer_is_not_waited_for(self, world):
        gateway = paypal_gateway_for(world, patience=Patience(connect_s=1, read_s=0.3, budget_s=1, tries=1))
        world.fail(ORDERS, "stall", seconds=1.5)

        with pytest.raises(GatewayTimeout):
            waiting(gateway)

    def test_where_nobody_listens_nothing_was_done(self):
        gateway = PayPalGateway("id", "secret", webhook_ids=["W"], api_base="http://127.0.0.1:9", patience=QUICK)

        with pytest.raises(GatewayUnavailable):
            waiting(gateway)

    def test_wrong_credentials_do_nothing_and_are_not_tried_for_ever(self, world):
        gateway = PayPalGateway("id", "wrong", webhook_ids=["W"], api_base=world.url, patience=QUICK)

        with pytest.raises(GatewayUnavailable, match="token"):
            waiting(gateway)
        assert len(world.calls("/v1/oauth2/token")) == 1

    @pytest.mark.parametrize("kind", ["rate_limit", "error_500_before"])
    def test_a_question_never_acts(self, gateway, world, kind):
        payment = paid(gateway, world)
        world.fail(ORDERS, kind, times=3, method="GET")

        with pytest.raises(GatewayUnavailable):
            gateway.get_payment(payment.provider_ref)

    def test_nonsense_is_refused(self, gateway):
        for overrides in ({"currency": "XXX"}, {"currency": "KWD"}, {"amount_minor": 0}):
            with pytest.raises(GatewayRefused) as caught:
                waiting(gateway, **overrides)
            assert caught.value.permanent


class TestTheToken:
    def test_threads_share_one(self, gateway, world):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: waiting(gateway), range(16)))

        assert len(world.calls("/v1/oauth2/token")) == 1
        assert world.calls("/v1/oauth2/token")[0]["key"] is None  # the key of the call isn't the token's

    def test_one_that_is_refused_is_renewed_once(self, gateway, world):
        waiting(gateway)
        world.revoke_tokens()

        assert waiting(gateway).status is GatewayPaymentStatus.REQUIRES_ACTION
        assert len(world.calls("/v1/oauth2/token")) == 2

    def test_while_none_is_given_nothing_was_done(self, gateway, world):
        world.fail("/v1/oauth2/token", "error_500_before", times=3)

        with pytest.raises(GatewayUnavailable):
            waiting(gateway)

    def test_two_adapters_share_nothing(self, gateway, world):
        wrong = PayPalGateway("id", "wrong", webhook_ids=["W"], api_base=world.url, patience=QUICK)
        with pytest.raises(GatewayUnavailable):
            waiting(wrong)

        assert waiting(gateway).provider_ref


def test_logged_are_path_status_and_debug_id_and_no_secret(world, gateway, caplog):
    with caplog.at_level(logging.DEBUG):
        waiting(gateway, reference="our-reference")
        with pytest.raises(GatewayRefused):
            gateway.get_payment("no-such-order")

    ours = [record for record in caplog.records if getattr(record, "path", None) == ORDERS]
    assert (ours[0].provider, ours[0].status) == ("paypal", 201)
    assert ours[0].provider_request_id == world.calls(ORDERS)[0]["debug_id"]
    said = " ".join(str(vars(record)) for record in caplog.records)
    for secret in (CLIENT_SECRET, CLIENT_ID, "A21-", "Basic ", "our-reference", RETURN_URL):
        assert secret not in said
