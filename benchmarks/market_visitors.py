"""Visitors of a marketplace: what they ask for, how often, and what came back.

Stays that searches found are looked at and priced, and prices that were quoted are booked, as people do it.
"""

import json
import random
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

#: Of a hundred requests, so many are of each kind.
MIX = {"search": 70, "detail": 10, "quote": 10, "booking": 5, "rest": 5}
#: Of searches, how many come from people who are not signed in.
STRANGERS = 0.6
REST = (
    "/users/me", "/bookings", "/notifications", "/conversations", "/wishlists", "/users/me/reviews", "/amenities",
)  # fmt: skip
PREFIX = "/api/v1"
TIMEOUT_S = 30.0
NO_ANSWER = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request of a kind got, with the code of a refusal, and after how long; status 0: the connection broke."""

    kind: str
    status: int
    code: str
    ms: float


@dataclass(frozen=True, slots=True)
class Found:
    """A stay that a search found."""

    listing_id: int
    check_in: str
    check_out: str
    guests: int


@dataclass(slots=True)
class Market:
    """Where visitors go, who they are, what they search for, and what they found so far; shared by all threads."""

    port: int
    tokens: Sequence[str]
    searches: Sequence[str]
    found: deque[Found] = field(default_factory=lambda: deque(maxlen=500))
    quoted: deque[tuple[Found, str]] = field(default_factory=lambda: deque(maxlen=500))


def visit(market: Market, *, visitors: int, seconds: float, per_second: float | None = None) -> list[Answer]:
    """Let visitors ask for some seconds and return every answer.

    With a rate, requests begin at random instants that keep it whatever the server does, and the time that one waited
    for a visitor counts; without one, each visitor asks again once it was answered.
    """
    instants = _arrivals(seconds, per_second)
    lock = threading.Lock()

    def go(number: int) -> list[Answer]:
        with closing(_Visitor(market, random.Random(number))) as visitor:
            answers = []
            while (due := _next(instants, lock)) is not None:
                time.sleep(max(0.0, due - time.perf_counter()))
                kind, status, code = visitor.ask()
                answers.append(Answer(kind, status, code, (time.perf_counter() - due) * 1e3))
            return answers

    with ThreadPoolExecutor(visitors) as pool:
        return [answer for answers in pool.map(go, range(visitors)) for answer in answers]


def _arrivals(seconds: float, per_second: float | None) -> Iterator[float]:
    dice = random.Random(seconds)
    end = time.perf_counter() + seconds
    due = time.perf_counter()
    while due < end:
        yield due
        due = due + dice.expovariate(per_second) if per_second else time.perf_counter()


def _next(instants: Iterator[float], lock: threading.Lock) -> float | None:
    with lock:
        return next(instants, None)


class _Visitor:
    """One connection that is kept, and the dice of who uses it."""

    def __init__(self, market: Market, dice: random.Random) -> None:
        self._market, self._dice = market, dice
        self._connection = HTTPConnection("127.0.0.1", market.port, timeout=TIMEOUT_S)
        self._code = ""
        self._acts: dict[str, Callable[[], int]] = {
            "search": self._search, "detail": self._detail, "quote": self._quote, "booking": self._book,
            "rest": self._rest,
        }  # fmt: skip

    def close(self) -> None:
        self._connection.close()

    def ask(self) -> tuple[str, int, str]:
        """Send one request; return its kind, the answer's status and the code of a refusal."""
        kind = self._dice.choices(list(MIX), weights=list(MIX.values()))[0]
        try:
            return kind, self._acts[kind](), self._code
        except (OSError, HTTPException) as error:
            self._connection.close()
            return kind, NO_ANSWER, type(error).__name__

    def _search(self) -> int:
        # Some places are asked for more often than others.
        path = self._market.searches[int(len(self._market.searches) * self._dice.random() ** 2)]
        status, body = self._send("GET", path, signed_in=self._dice.random() > STRANGERS)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        if status == 200 and "check_in" in asked:
            stay = asked["check_in"], asked["check_out"], int(asked["guests"])
            self._market.found.extend(Found(hit["id"], *stay) for hit in json.loads(body)["data"])
        return status

    def _detail(self) -> int:
        return self._send("GET", f"{PREFIX}/listings/{self._wanted().listing_id}", signed_in=False)[0]

    def _quote(self) -> int:
        wanted = self._wanted()
        asked = {"check_in": wanted.check_in, "check_out": wanted.check_out, "guests": wanted.guests}
        path = f"{PREFIX}/listings/{wanted.listing_id}/quote?{urlencode(asked)}"
        status, body = self._send("GET", path)
        if status == 200:
            self._market.quoted.append((wanted, json.loads(body)["quote_token"]))
        return status

    def _book(self) -> int:
        if not self._market.quoted:
            return self._quote()
        wanted, token = self._market.quoted.pop()
        body = {
            "listing_id": wanted.listing_id,
            "check_in": wanted.check_in,
            "check_out": wanted.check_out,
            "guests": {"adults": wanted.guests},
            "payment_method": "sandbox",
            "payment_token": "tok_ok",
            "quote_token": token,
        }
        return self._send("POST", f"{PREFIX}/bookings", body=body)[0]

    def _rest(self) -> int:
        return self._send("GET", PREFIX + self._dice.choice(REST))[0]

    def _wanted(self) -> Found:
        while not self._market.found:
            self._search()
        return self._dice.choice(self._market.found)

    def _send(
        self, method: str, path: str, *, body: dict[str, Any] | None = None, signed_in: bool = True
    ) -> tuple[int, bytes]:
        address = ".".join(str(self._dice.randint(1, 254)) for _ in range(4))
        headers = {"X-Forwarded-For": address, "Content-Type": "application/json"}
        if signed_in:
            headers["Authorization"] = f"Bearer {self._dice.choice(self._market.tokens)}"
        if body is not None:
            headers["Idempotency-Key"] = str(uuid.uuid4())
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        with self._connection.getresponse() as answer:
            text = answer.read()
        self._code = json.loads(text)["code"] if answer.status >= 400 else ""
        return answer.status, text
