"""Hosts at Stripe: their Connect accounts, and transfers to them.

A payout of ours is one transfer to the host's account; from there Stripe pays the host's bank by the account's own
schedule. Source: https://docs.stripe.com/connect/separate-charges-and-transfers
"""

from datetime import datetime

from airbnb.integrations.payments.abilities import AccountRequest, GatewayAccount, OnboardingLink
from airbnb.integrations.payments.protocol import GatewayPayout, GatewayRefused, PayoutRequest
from airbnb.integrations.payments.stripe import reading
from airbnb.integrations.payments.stripe.amounts import to_stripe
from airbnb.integrations.payments.stripe.client import Body, StripeAPI, StripeRefused

#: Where a payout account's details hold Stripe's name for the account.
ACCOUNT_DETAIL = "account"
MAX_REPLAYS = 20


class StripeConnect:
    """Payouts and onboarding by Stripe Connect."""

    def __init__(self, api: StripeAPI) -> None:
        self._api = api

    def create_payout(self, request: PayoutRequest) -> GatewayPayout:
        """Transfer money to a host's account. Raises: GatewayRefused, not permanent while our balance is too low."""
        account = request.account_details.get(ACCOUNT_DETAIL)
        if not account:
            raise GatewayRefused("account_missing")
        params = {
            "amount": to_stripe(request.amount_minor, request.currency),
            "currency": request.currency.lower(),
            "destination": account,
            "transfer_group": _group(request.reference),
            "metadata": {reading.REFERENCE: request.reference},
        }
        return reading.as_payout(self._transfer(params, request.idempotency_key))

    def get_payout(self, provider_ref: str) -> GatewayPayout:
        """Return the transfer. Raises: GatewayRefused ``not_found``."""
        return reading.as_payout(self._api.ask(self._api.v1.transfers.retrieve, provider_ref))

    def find_payout(self, reference: str, *, since: datetime) -> GatewayPayout | None:
        """Return the newest transfer made with our reference; its group finds it exactly."""
        params = {"transfer_group": _group(reference), "limit": 1}
        found = self._api.ask(self._api.v1.transfers.list, params=params)["data"]
        return reading.as_payout(found[0]) if found else None

    def reverse_payout(
        self, provider_ref: str, amount_minor: int, idempotency_key: str, *, currency: str
    ) -> GatewayPayout:
        """Take a transfer back, whole or in part, and return it as it stands then."""
        transfers = self._api.v1.transfers
        amount = to_stripe(amount_minor, currency)
        self._api.ask(transfers.reversals.create, provider_ref, params={"amount": amount}, key=idempotency_key)
        return reading.as_payout(self._api.ask(transfers.retrieve, provider_ref))

    def create_account(self, request: AccountRequest) -> GatewayAccount:
        """Open an account that Stripe verifies and whose owner sees Stripe's own small dashboard."""
        params = {
            "email": request.email,
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "stripe_dashboard": {"type": "express"},
            },
            "capabilities": {"transfers": {"requested": True}},
            "metadata": {reading.REFERENCE: request.reference},
            # Where nothing is said, Stripe takes the platform's own; no account can move to another country later.
            **({} if request.country_code is None else {"country": request.country_code}),
        }
        return reading.as_account(
            self._api.ask(self._api.v1.accounts.create, params=params, key=request.idempotency_key)
        )

    def find_account(self, reference: str, *, since: datetime) -> GatewayAccount | None:
        """Return the newest account opened with our reference since an instant."""
        params = {"created": {"gte": int(since.timestamp())}}
        accounts = self._api.walk(self._api.v1.accounts.list, params)
        return next((reading.as_account(body) for body in accounts if reading.reference_of(body) == reference), None)

    def get_account(self, provider_ref: str) -> GatewayAccount:
        """Return the account. Raises: GatewayRefused."""
        return reading.as_account(self._api.ask(self._api.v1.accounts.retrieve, provider_ref))

    def make_onboarding_link(self, provider_ref: str, *, return_url: str, refresh_url: str) -> OnboardingLink:
        """Make a link to Stripe's onboarding; Stripe lets it be opened once, for a few minutes."""
        params = {
            "account": provider_ref,
            "type": "account_onboarding",
            "return_url": return_url,
            "refresh_url": refresh_url,
        }
        body = self._api.ask(self._api.v1.account_links.create, params=params)
        return OnboardingLink(url=body["url"], expires_at=reading.instant(body["expires_at"]))

    def _transfer(self, params: Body, key: str) -> Body:
        """Create a transfer; a refusal that Stripe only remembers is asked anew.

        Stripe answers a known key with what it answered first, a low balance included, for a day. The next key is made
        of the remembered request's name: whoever else repeats the call finds the same one, so still one transfer is
        made. Source: https://docs.stripe.com/api/idempotent_requests
        """
        for _ in range(MAX_REPLAYS):
            try:
                return self._api.ask(self._api.v1.transfers.create, params=params, key=key)
            except StripeRefused as refusal:
                if refusal.permanent or refusal.replay_of is None:
                    raise
                key = f"{key.partition('/')[0]}/{refusal.replay_of}"
        raise GatewayRefused("balance_insufficient", permanent=False)


def _group(reference: str) -> str:
    return f"payout_{reference}"
