"""PayPal's library over our own transport: plain dicts come back, and every error is one of the protocol's.

Of the library stays what builds headers and errors. Replaced is what would be unsafe: it has no time-outs, answers
a 400 as if it were a result, asks again without end while a token is refused, shares a token between threads unlocked,
sends our idempotency key to the token's address too, and logs credentials.
Source: https://developer.paypal.com/api/rest/responses/, https://developer.paypal.com/api/rest/authentication/
"""

import contextlib
import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import paypalrestsdk
from paypalrestsdk import exceptions

from airbnb.integrations.payments.protocol import GatewayError, GatewayRefused, GatewayTimeout, GatewayUnavailable
from airbnb.integrations.payments.transport import Answer, Patience, ProviderTransport

logger = logging.getLogger(__name__)
logging.getLogger("paypalrestsdk").setLevel(logging.WARNING)

Body = dict[str, Any]

KEY_HEADER = "PayPal-Request-Id"
#: A token is renewed so long before it ends that no call starts with one about to die. Units: seconds.
TOKEN_MARGIN_S = 60.0
PAGE = 500
#: A report spans this much at most. Source: https://developer.paypal.com/docs/api/transaction-search/v1/
LONGEST_REPORT = timedelta(days=31)
#: More transactions than this in one span are not read to their end. PayPal itself refuses beyond 10,000.
MAX_PAGES = 20
#: Refusals that pass: the same call may work later.
PASSING_REFUSALS = frozenset({"INSUFFICIENT_FUNDS", "SENDER_EMAIL_UNCONFIRMED", "PAYER_ACTION_REQUIRED"})
#: The same call is being worked on right now, so its outcome is open.
IN_PROGRESS = frozenset({"PREVIOUS_REQUEST_IN_PROGRESS", "DUPLICATE_REQUEST_ID"})


class PayPalRefused(GatewayRefused):
    """PayPal's no, with what it said; ``details`` and ``links`` are the error's own."""

    def __init__(self, code: str, *, permanent: bool = True, content: Body | None = None) -> None:
        super().__init__(code, permanent=permanent)
        self.links: list[Body] = _links(content or {})


class HardenedApi(paypalrestsdk.Api):  # type: ignore[misc]  # the library ships no types
    """The library's client with its way to the network replaced; safe for threads."""

    def __init__(self, transport: ProviderTransport, *, client_id: str, client_secret: str, api_base: str) -> None:
        # "live" only keeps the library from logging requests; the address is the endpoint's.
        super().__init__({"mode": "live", "endpoint": api_base, "client_id": client_id, "client_secret": client_secret})
        self._transport = transport
        self._lock = threading.Lock()
        self._token: Body | None = None
        self._token_until = 0.0

    def get_token_hash(self, authorization_code: Any = None, refresh_token: Any = None, headers: Any = None) -> Body:
        """Return the app's token, asked for once for every thread. Raises: as ``request``."""
        with self._lock:
            if self._token is None or time.monotonic() >= self._token_until:
                # Only the library's own headers: the key of the call that needs a token is not the token's.
                self._token = self._ask_for_token()
                self._token_until = time.monotonic() + float(self._token.get("expires_in", 0)) - TOKEN_MARGIN_S
            return self._token

    def request(
        self,
        url: str,
        method: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        refresh_token: Any = None,
        *,
        only_asks: bool = False,
    ) -> Body:
        """Make a call; a refused token is renewed once. Bytes go out as they are, everything else as JSON.

        Raises: the library's errors, GatewayTimeout, GatewayUnavailable.
        """
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        token = self.get_token_hash()
        with contextlib.suppress(exceptions.UnauthorizedAccess):
            return self._call(url, method, content, token, headers or {}, only_asks=only_asks)
        self._forget(token)
        return self._call(url, method, content, self.get_token_hash(), headers or {}, only_asks=only_asks)

    def http_call(self, url: str, method: str, **kwargs: Any) -> Body:
        """Send one request through the transport."""
        only_asks = bool(kwargs.get("only_asks"))
        answer = self._transport.send(method, url, kwargs["headers"], kwargs.get("data"), only_asks=only_asks)
        result: Body = self.handle_response(_Response(answer), answer.body.decode("utf-8", "replace"))
        return result

    def _call(
        self, url: str, method: str, content: bytes | None, token: Body, headers: Mapping[str, str], *, only_asks: bool
    ) -> Body:
        sent = {
            "Authorization": f"{token['token_type']} {token['access_token']}",
            "Accept": "application/json",
            "User-Agent": self.user_agent,
            **({} if content is None else {"Content-Type": "application/json"}),
            **headers,
        }
        return self.http_call(url, method, data=content, headers=sent, only_asks=only_asks)

    def _ask_for_token(self) -> Body:
        headers = {
            "Authorization": f"Basic {self.basic_auth()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "User-Agent": self.user_agent,
        }
        url = f"{self.endpoint}/v1/oauth2/token"
        try:
            token = self.http_call(url, "POST", data=b"grant_type=client_credentials", headers=headers, only_asks=True)
        except (exceptions.ConnectionError, ValueError):
            # Not chained: the library's errors carry whole answers.
            raise GatewayUnavailable("paypal: no token is given for the client id and secret") from None
        if not token.get("access_token") or not token.get("token_type"):
            raise GatewayUnavailable("paypal: the token can't be read")
        return token

    def _forget(self, token: Body) -> None:
        with self._lock:
            if self._token is token:
                self._token = None


class PayPalAPI:
    """Calls to PayPal in the protocol's words."""

    def __init__(self, client_id: str, client_secret: str, *, api_base: str, patience: Patience = Patience()) -> None:
        transport = ProviderTransport(
            "paypal", key_header=KEY_HEADER, request_id_header="PayPal-Debug-Id", patience=patience
        )
        self._base = api_base
        self._api = HardenedApi(transport, client_id=client_id, client_secret=client_secret, api_base=api_base)

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Body:
        """Ask for an object. Raises: PayPalRefused, GatewayTimeout, GatewayUnavailable."""
        return self._send("GET", f"{path}?{urlencode(params)}" if params else path)

    def post(self, path: str, body: Body, *, key: str) -> Body:
        """Let something happen, and return what it made in full. Raises: as ``get``."""
        return self._send("POST", path, body, {KEY_HEADER: key, "Prefer": "return=representation"})

    def patch(self, path: str, changes: list[Body]) -> None:
        """Change an object. Raises: as ``get``."""
        # A repeated patch changes nothing more, so it may be sent again like any call with a key.
        self._send("PATCH", path, changes, {KEY_HEADER: f"patch:{path}"})

    def ask(self, path: str, body: bytes) -> Body:
        """Ask a question that PayPal takes by POST, with a body that goes out byte for byte. Raises: as ``get``."""
        return self._send("POST", path, body, only_asks=True)

    def list_transactions(self, since: datetime, until: datetime, **filters: str) -> Iterator[Body]:
        """Yield the account's transactions in ``[since, until)``, the newest first.

        Executed ones appear within three hours. Raises: as ``get``; GatewayUnavailable when there are too many.
        Source: https://developer.paypal.com/docs/api/transaction-search/v1/
        """
        end = until
        while end > since:
            start = max(since, end - LONGEST_REPORT)
            found = [one for one in self._report(start, end, filters) if start <= _initiated(one) < end]
            yield from sorted(found, key=_initiated, reverse=True)
            end = start

    def _report(self, start: datetime, end: datetime, filters: Mapping[str, str]) -> Iterator[Body]:
        params = {
            "start_date": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "end_date": f"{end:%Y-%m-%dT%H:%M:%SZ}",
            "fields": "transaction_info",
            "page_size": PAGE,
            **filters,
        }
        for number in range(1, MAX_PAGES + 1):
            page = self.get("/v1/reporting/transactions", {**params, "page": number})
            yield from (detail["transaction_info"] for detail in page.get("transaction_details", []))
            if number >= int(page.get("total_pages", 1)):
                return
        raise GatewayUnavailable("paypal: the report is too long")

    def _send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        only_asks: bool = False,
    ) -> Body:
        try:
            return self._api.request(f"{self._base}{path}", method, body, headers, only_asks=only_asks)
        except exceptions.ConnectionError as error:
            # Not chained: the library's errors carry whole answers.
            raise as_gateway_error(error) from None
        except ValueError:
            acts = method != "GET" and not only_asks
            raise (GatewayTimeout if acts else GatewayUnavailable)("paypal: the answer can't be read") from None


class _Response:
    """What the library wants to see of an answer."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.headers = answer.headers
        self.reason = ""


def as_gateway_error(error: exceptions.ConnectionError) -> GatewayError:
    """Say in the protocol's words what an error of the library means."""
    status, content = error.response.status_code, _read(error.content)
    code = _code(content)
    logger.warning(
        "paypal refused a call", extra={"status": status, "code": code, "provider_request_id": content.get("debug_id")}
    )
    if status == 401:
        # Our credentials are wrong: PayPal did nothing, and will again once they are right.
        return GatewayUnavailable("paypal: the token is refused")
    if code in IN_PROGRESS or not 400 <= status < 500:
        return GatewayTimeout("paypal: the outcome is open")
    if status == 404:
        return PayPalRefused("not_found", content=content)
    is_passing = code in PASSING_REFUSALS or status == 403
    return PayPalRefused(code.lower(), permanent=not is_passing, content=content)


def _read(text: Any) -> Body:
    try:
        content = json.loads(text)
    except (TypeError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _code(content: Body) -> str:
    details = content.get("details")
    first = details[0] if isinstance(details, list) and details and isinstance(details[0], dict) else {}
    return str(first.get("issue") or content.get("name") or content.get("error") or "REFUSED")[:64]


def _links(content: Body) -> list[Body]:
    details = content.get("details")
    inner = [one.get("link") or [] for one in details if isinstance(one, dict)] if isinstance(details, list) else []
    found = [*(content.get("links") or []), *(link for links in inner for link in links)]
    return [link for link in found if isinstance(link, dict)]


def _initiated(info: Body) -> datetime:
    return datetime.fromisoformat(info["transaction_initiation_date"])
