"""HTTP to a payment provider, the same for every adapter: time-outs, bounded retries, what is logged and what never.

The one question that money asks of a failed call is whether the provider may have acted. Only this file sees each try,
so only here it can be answered.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from airbnb.integrations.payments.protocol import GatewayTimeout, GatewayUnavailable

logger = logging.getLogger(__name__)

LONGEST_PAUSE_S = 2.0
TOO_MANY = 429
#: Answers after which the same call may be made again at once: busy, too many, or broken for a moment.
PASSING = frozenset({409, TOO_MANY, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; header names are compared without case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one call may take. Units: seconds; no further try begins after ``budget_s``.

    ``pause_s`` is how long is waited after the first failed try; the next pauses are longer.
    """

    connect_s: float = 3.05
    read_s: float = 10.0
    budget_s: float = 20.0
    tries: int = 3
    pause_s: float = 0.25


class ProviderTransport:
    """Sends requests to one provider; safe for threads.

    A request is repeated only when that does no harm: it reads, or carries a key by which the provider knows it again.
    Logged are the method, the path, the status and the provider's id of the request; never headers, bodies or queries.
    """

    def __init__(
        self,
        provider: str,
        *,
        key_header: str,
        request_id_header: str,
        patience: Patience = Patience(),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Name the headers that carry the idempotency key and, in answers, the provider's id of the request."""
        self._provider = provider
        self._key_header = key_header.lower()
        self._request_id_header = request_id_header
        self._patience = patience
        self._sleep = sleep
        self._local = threading.local()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None = None,
        *,
        passing: Collection[int] = PASSING,
        only_asks: bool = False,
    ) -> Answer:
        """Send a request and return the answer, whatever its status unless that stays one of ``passing``.

        ``only_asks`` says of a method other than GET that the provider acts on nothing.
        Raises: GatewayUnavailable when the provider certainly did not act; GatewayTimeout when it may have.
        """
        is_read = only_asks or method.upper() == "GET"
        is_repeatable = is_read or any(name.lower() == self._key_header for name in headers)
        tries = self._patience.tries if is_repeatable else 1
        began, may_have_acted, reason = time.monotonic(), False, ""
        for number in range(1, tries + 1):
            answer, reason = self._try(method, url, headers, body)
            if answer is not None and answer.status not in passing:
                return answer
            did_nothing = answer.status == TOO_MANY if answer is not None else reason == "not_reached"
            may_have_acted = may_have_acted or not (is_read or did_nothing)
            if number == tries or time.monotonic() - began > self._patience.budget_s:
                break
            self._sleep(_pause(self._patience.pause_s, number, answer))
        raise (GatewayTimeout if may_have_acted else GatewayUnavailable)(f"{self._provider}: {reason}")

    def close(self) -> None:
        """Close this thread's connections."""
        session = getattr(self._local, "session", None)
        if session is not None:
            session.close()
            self._local.session = None

    def _try(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | str | None
    ) -> tuple[Answer | None, str]:
        """Make one try; return the answer, or None, and what went wrong in one word."""
        began, patience = time.monotonic(), self._patience
        try:
            response = self._session().request(
                method,
                url,
                headers=dict(headers),
                data=body,
                timeout=(patience.connect_s, patience.read_s),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            reason = "not_reached" if _was_not_sent(error) else "no_answer"
            self._log(method, url, began, status=None, request_id=None, reason=reason)
            return None, reason
        request_id = response.headers.get(self._request_id_header)
        self._log(method, url, began, status=response.status_code, request_id=request_id, reason=None)
        answer = Answer(status=response.status_code, headers=response.headers, body=response.content)
        return answer, f"status_{response.status_code}"

    def _log(
        self, method: str, url: str, began: float, *, status: int | None, request_id: str | None, reason: str | None
    ) -> None:
        is_fine = status is not None and status < 500 and status != TOO_MANY
        logger.log(
            logging.INFO if is_fine else logging.WARNING,
            "called a payment provider",
            extra={
                "provider": self._provider,
                "method": method.upper(),
                "path": urlsplit(url).path,
                "status": status,
                "provider_request_id": request_id,
                "reason": reason,
                "took_ms": round((time.monotonic() - began) * 1000),
            },
        )

    def _session(self) -> requests.Session:
        """Return this thread's own session: requests does not promise that one may be shared."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            # Without it a .netrc file would replace the key that we send.
            session.auth = _leave_as_is
            self._local.session = session
        return session


def _leave_as_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _was_not_sent(error: requests.RequestException) -> bool:
    """Whether no byte of the request can have reached the provider."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in repr(error):
        # The handshake comes before the request.
        return True
    return isinstance(error, requests.ConnectionError) and "NewConnectionError" in repr(error)


def _pause(first_s: float, number: int, answer: Answer | None) -> float:
    """Return how long to wait after a failed try: longer each time, scattered, and as long as the provider asks."""
    asked = "" if answer is None else answer.headers.get("Retry-After", "")
    least = float(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 0.0
    pause: float = first_s * 2 ** (number - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - scatters load, hides nothing
    return min(max(pause, least), LONGEST_PAUSE_S)
