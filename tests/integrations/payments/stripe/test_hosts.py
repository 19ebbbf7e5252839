"""Hosts' accounts at Stripe and what is sent to them."""

from datetime import timedelta

import pytest

from airbnb.integrations.payments.abilities import (
    DisputingGateway,
    OnboardingGateway,
    ReconcilableGateway,
    ReversingGateway,
)
from airbnb.integrations.payments.protocol import (
    GatewayPayoutStatus,
    GatewayRefused,
)
from tests.factories.stripe import verified_account
from tests.integrations.payments.contract import new_payout
from tests.integrations.payments.stripe.calls import NOON, RETURN_URL


class TestHosts:
    @pytest.fixture
    def account(self, gateway, world):
        return verified_account(gateway, world, "host-7")

    def test_it_has_the_abilities_that_callers_ask_for(self, gateway):
        for ability in (OnboardingGateway, ReversingGateway, DisputingGateway, ReconcilableGateway):
            assert isinstance(gateway, ability)

    def test_an_account_is_verified_once_stripe_says_so(self, gateway, world, account):
        assert gateway.get_account(account).is_verified
        assert gateway.find_account("host-7", since=NOON).provider_ref == account
        assert gateway.find_account("host-8", since=NOON) is None

        world.verify_account(account, ok=False)
        assert not gateway.get_account(account).is_verified

    def test_a_link_leads_to_onboarding_for_a_while(self, gateway, account):
        link = gateway.make_onboarding_link(account, return_url=RETURN_URL, refresh_url=RETURN_URL)

        assert link.url.startswith("http")
        assert link.url not in repr(link)
        assert NOON < link.expires_at <= NOON + timedelta(minutes=10)

    @pytest.mark.parametrize("details", [{}, {"account": ""}, {"iban": "DE00"}])
    def test_a_payout_needs_an_account(self, gateway, details):
        with pytest.raises(GatewayRefused, match="account_missing"):
            gateway.create_payout(new_payout(account_details=details))

    def test_an_account_that_is_not_ready_is_refused_for_good(self, gateway, world, account):
        world.verify_account(account, ok=False)

        with pytest.raises(GatewayRefused, match="insufficient_capabilities") as caught:
            gateway.create_payout(new_payout(account_details={"account": account}))
        assert caught.value.permanent

    def test_a_low_balance_passes_although_stripe_remembers_the_refusal(self, gateway, world, account):
        request = new_payout(account_details={"account": account})
        world.fail("/v1/transfers", "refuse", code="balance_insufficient", method="POST", times=2)

        for _ in range(2):
            with pytest.raises(GatewayRefused, match="balance_insufficient") as caught:
                gateway.create_payout(request)
            assert not caught.value.permanent
        paid = gateway.create_payout(request)

        assert (paid.status, paid.reference) == (GatewayPayoutStatus.PAID, request.reference)
        assert gateway.create_payout(request) == gateway.find_payout(request.reference, since=NOON) == paid
        assert len(world.all("transfer")) == 1

    def test_a_transfer_is_taken_back_in_parts_and_has_failed_once_all_is_back(self, gateway, account):
        payout = gateway.create_payout(new_payout(account_details={"account": account}))

        part = gateway.reverse_payout(payout.provider_ref, 2_000, "back-1", currency="EUR")
        again = gateway.reverse_payout(payout.provider_ref, 2_000, "back-1", currency="EUR")
        rest = gateway.reverse_payout(payout.provider_ref, 3_000, "back-2", currency="EUR")

        assert part.status is again.status is GatewayPayoutStatus.PAID
        assert (rest.status, rest.failure_code, rest.permanent) == (GatewayPayoutStatus.FAILED, "reversed", True)
        with pytest.raises(GatewayRefused):
            gateway.reverse_payout(payout.provider_ref, 1, "back-3", currency="EUR")
