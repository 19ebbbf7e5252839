"""Hosts at PayPal: Payouts v1, each a batch of one item to a PayPal address.

Source: https://developer.paypal.com/docs/api/payments.payouts-batch/v1/
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from airbnb.integrations.payments.paypal import payout_reading, reading
from airbnb.integrations.payments.paypal.amounts import to_paypal
from airbnb.integrations.payments.paypal.client import Body, PayPalAPI, PayPalRefused
from airbnb.integrations.payments.protocol import GatewayPayout, GatewayPayoutStatus, GatewayRefused, PayoutRequest

#: Where a payout account's details hold the host's address at PayPal.
EMAIL_DETAIL = "email"
#: How often one call is made anew after failures that passed, before it is given up.
MAX_ATTEMPTS = 30
#: Payouts in PayPal's reports.
PAYOUT_CODE = "T0001"
#: A call is made within days of being written down, or never.
LATEST_CALL = timedelta(days=62)


class PayPalPayouts:
    """Payouts by e-mail address."""

    def __init__(self, api: PayPalAPI, *, now: Callable[[], datetime]) -> None:
        self._api = api
        self._now = now

    def create_payout(self, request: PayoutRequest) -> GatewayPayout:
        """Send money to a host's address at PayPal, unless this call has sent it already.

        PayPal refuses a batch's name that it has seen within 30 days and says which batch had it; that one is the
        answer then. When it had failed for a while, the payout is sent under the next name, made of the failed
        batch's id, which every repetition of the call finds again: so still one batch pays.
        Raises: GatewayRefused, not permanent while our balance is too low.
        """
        receiver = request.account_details.get(EMAIL_DETAIL)
        if not receiver:
            raise GatewayRefused("account_missing")
        name = request.reference
        for _ in range(MAX_ATTEMPTS):
            payout, is_known = self._send(request, str(receiver), name)
            if (payout.amount_minor, payout.currency) != (request.amount_minor, request.currency):
                raise GatewayRefused("idempotency_key_reused")
            if not is_known or payout.status is not GatewayPayoutStatus.FAILED or payout.permanent:
                return payout
            name = f"{request.reference}/{payout.provider_ref}"
        raise GatewayRefused("too_many_attempts")

    def get_payout(self, provider_ref: str) -> GatewayPayout:
        """Return the payout. Raises: GatewayRefused ``not_found``."""
        return payout_reading.as_payout(self._batch(provider_ref))

    def find_payout(self, reference: str, *, since: datetime) -> GatewayPayout | None:
        """Return the newest payout made with our reference since an instant, from PayPal's report.

        The report lags up to three hours. That does no harm: for 30 days the batch's name keeps a payout from being
        made again, and after that the report is long complete. It names the transaction, not the batch.
        Source: docs/decisions/2026-11-23-lookup-by-reference.md.
        """
        until = min(since + LATEST_CALL, self._now() + timedelta(seconds=1))
        moved = self._api.list_transactions(since, until, transaction_type=PAYOUT_CODE)
        return next(
            (payout_reading.as_reported_payout(info) for info in moved if reading.is_ours(info, reference)), None
        )

    def _send(self, request: PayoutRequest, receiver: str, name: str) -> tuple[GatewayPayout, bool]:
        """Send a batch, and say whether PayPal had it already."""
        body = {
            "sender_batch_header": {"sender_batch_id": name, "recipient_type": "EMAIL"},
            "items": [
                {
                    "recipient_type": "EMAIL",
                    "receiver": receiver,
                    "sender_item_id": request.reference,
                    "amount": {
                        "currency": request.currency,
                        "value": to_paypal(request.amount_minor, request.currency),
                    },
                }
            ],
        }
        try:
            header = self._api.post("/v1/payments/payouts", body, key=name)["batch_header"]
            # A new batch is pending; one that is further is the key's, as it stands now.
            batch_id, is_known = header["payout_batch_id"], header["batch_status"] != "PENDING"
        except PayPalRefused as refusal:
            batch_id, is_known = _original(refusal), True
            if not batch_id:
                raise
        return payout_reading.as_payout(self._batch(batch_id)), is_known

    def _batch(self, batch_id: str) -> Body:
        return self._api.get(f"/v1/payments/payouts/{batch_id}")


def _original(refusal: PayPalRefused) -> str:
    """Return the batch that a refused duplicate links to, or an empty text."""
    hrefs = [str(link.get("href", "")) for link in refusal.links]
    found = [href.rstrip("/").rpartition("/payments/payouts/")[2] for href in hrefs if "/payments/payouts/" in href]
    return found[0] if found else ""
