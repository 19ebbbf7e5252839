"""Stripe's library over our own transport: plain dicts come back, and every error is one of the protocol's.

The library is told to repeat nothing: the transport does, and knows whether Stripe may have acted.
Source: https://docs.stripe.com/error-low-level, https://docs.stripe.com/error-handling
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import stripe
from stripe import CardError, HTTPClient, StripeError

from airbnb.integrations.payments.protocol import GatewayError, GatewayRefused, GatewayTimeout, GatewayUnavailable
from airbnb.integrations.payments.transport import Patience, ProviderTransport

logger = logging.getLogger(__name__)
# At DEBUG the library logs whole requests and answers, client secrets included.
logging.getLogger("stripe").setLevel(logging.WARNING)

PAGE = 100
#: A listing longer than this is not read to its end; who asks tries again or narrows the question.
MAX_PAGES = 500
#: Refusals that pass: the same payout may work later.
PASSING_REFUSALS = frozenset({"balance_insufficient", "insufficient_funds", "lock_timeout"})

Body = dict[str, Any]


class StripeRefused(GatewayRefused):
    """Stripe's no. ``intent`` is the payment that a declined card left behind; ``replay_of`` names the request whose
    remembered answer this is, when the idempotency key was known."""

    def __init__(
        self, code: str, *, permanent: bool = True, intent: Body | None = None, replay_of: str | None = None
    ) -> None:
        super().__init__(code, permanent=permanent)
        self.intent = intent
        self.replay_of = replay_of


class TransportClient(HTTPClient):
    """The way for Stripe's library to use our transport."""

    name = "airbnb-transport"

    def __init__(self, transport: ProviderTransport) -> None:
        super().__init__()
        self._transport = transport

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        """Send one request. Raises: GatewayTimeout, GatewayUnavailable."""
        answer = self._transport.send(method, url, headers or {}, post_data)
        return answer.body.decode("utf-8", "replace"), answer.status, answer.headers

    def close(self) -> None:
        """Close this thread's connections."""
        self._transport.close()


class StripeAPI:
    """Calls to Stripe; safe for threads, and nothing of it lives in the library's module."""

    def __init__(self, secret_key: str, *, api_base: str, patience: Patience = Patience()) -> None:
        transport = ProviderTransport(
            "stripe", key_header="Idempotency-Key", request_id_header="Request-Id", patience=patience
        )
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base},
            http_client=TransportClient(transport),
            max_network_retries=0,
        )
        self.v1 = self._client.v1

    def ask(
        self, method: Callable[..., Any], *names: str, params: Mapping[str, Any] | None = None, key: str | None = None
    ) -> Body:
        """Make one call of the library and return the object as a dict.

        Raises: StripeRefused, GatewayTimeout, GatewayUnavailable.
        """
        try:
            body: Body = method(*names, dict(params or {}), {"idempotency_key": key} if key else {}).to_dict()
        except StripeError as error:
            # Not chained: the library's errors carry whole answers.
            raise as_gateway_error(error) from None
        return body

    def walk(self, method: Callable[..., Any], params: Mapping[str, Any]) -> Iterator[Body]:
        """Yield every object of a list, the newest first, page by page.

        Raises: GatewayUnavailable when the list is too long to be read to its end.
        """
        after: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            page = self.ask(method, params={"limit": PAGE, **params, **after})
            yield from page["data"]
            if not page["has_more"]:
                return
            after = {"starting_after": page["data"][-1]["id"]}
        raise GatewayUnavailable("stripe: the list is too long")


def as_gateway_error(error: StripeError) -> GatewayError:
    """Say in the protocol's words what an error of the library means."""
    status, headers = error.http_status, error.headers or {}
    logger.warning(
        "stripe refused a call",
        extra={"provider_request_id": error.request_id, "status": status, "code": _code(error)},
    )
    if status == 401:
        # Our key is wrong: Stripe did nothing, and will again once the key is right.
        return GatewayUnavailable("stripe: the secret key is refused")
    if isinstance(error, stripe.IdempotencyError):
        return StripeRefused("idempotency_key_reused")
    if isinstance(error, stripe.APIConnectionError) or status is None or status >= 500:
        return GatewayTimeout("stripe: the answer can't be read")
    replay_of = headers.get("Original-Request") if headers.get("Idempotent-Replayed") == "true" else None
    code = "not_found" if status == 404 else _code(error)
    is_passing = code in PASSING_REFUSALS or status == 403
    intent = _intent_of(error) if isinstance(error, CardError) else None
    return StripeRefused(code, permanent=not is_passing, intent=intent, replay_of=replay_of)


def _details(error: StripeError) -> Mapping[str, Any]:
    content = error.json_body
    details = content.get("error") if isinstance(content, dict) else None
    return details if isinstance(details, dict) else {}


def _code(error: StripeError) -> str:
    details = _details(error)
    found = details.get("decline_code") or details.get("code") or details.get("type") or "refused"
    return str(found)[:64]


def _intent_of(error: StripeError) -> Body | None:
    intent = _details(error).get("payment_intent")
    return intent if isinstance(intent, dict) else None
