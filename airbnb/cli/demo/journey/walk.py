"""Sends the journey's requests one by one, checks what comes back, and says so in one line each."""

import itertools
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from airbnb.cli.demo.journey.worlds import Answer, Letter, World

T = TypeVar("T")

PATIENCE_S = 40
METHOD_WIDTH, PATH_WIDTH = 6, 58
LONGEST_VALUE = 40
MISSING = "(missing)"

Check = Callable[[Any], bool]


class JourneyFailed(Exception):
    """Something was not as it should be; the message says what."""


@dataclass
class Traveller:
    """Somebody on the journey: who they are and how they sign in."""

    name: str
    email: str
    id: str = ""
    token: str = ""
    refresh_token: str = field(default="", repr=False)


class Walk:
    """The journey so far; ``say`` gets one line for each request."""

    def __init__(self, world: World, say: Callable[[str], None]) -> None:
        self.world = world
        self.say = say
        self.mark = secrets.token_hex(3)  # makes this walk's people and places its own
        self._keys = itertools.count(1)
        self.requests = 0

    def call(
        self,
        method: str,
        path: str,
        *,
        who: Traveller | None = None,
        status: int = 200,
        checks: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Answer:
        """Send a request and check its status and parts of its body.

        Shape: ``checks`` maps dotted paths to values, or to functions of the value; ``options`` are json, files, key
        (an Idempotency-Key; True makes a new one) and bearer (instead of the traveller's token).
        Raises: JourneyFailed.
        """
        answer = self.world.request(method, path, **self._prepared(who, options))
        self.requests += 1
        line = f"{method:<{METHOD_WIDTH}} {shortened(path):<{PATH_WIDTH}} {answer.status}"
        if answer.status != status:
            raise JourneyFailed(f"{line}  expected {status}: {answer.body}")
        seen = {name: look(answer.body, name) for name in checks or {}}
        for name, wanted in (checks or {}).items():
            good = wanted(seen[name]) if callable(wanted) else seen[name] == wanted
            if not good:
                hint = "" if callable(wanted) else f", expected {wanted!r}"
                raise JourneyFailed(f"{line}  {name} is {seen[name]!r}{hint}")
        self.say(f"{line}  {', '.join(f'{name}={brief(value)}' for name, value in seen.items())}".rstrip())
        return answer

    def _prepared(self, who: Traveller | None, options: dict[str, Any]) -> dict[str, Any]:
        headers = {}
        bearer = options.pop("bearer", who.token if who else "")
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        key = options.pop("key", None)
        if key:
            headers["Idempotency-Key"] = self.new_key() if key is True else key
        return {"headers": headers, **options}

    def new_key(self) -> str:
        """Return an Idempotency-Key that was not used before."""
        return f"journey-{self.mark}-{next(self._keys)}"

    def check(self, what: str, actual: object, expected: object) -> None:
        """Compare something that no single answer shows. Raises: JourneyFailed."""
        if actual != expected:
            raise JourneyFailed(f"{what}: {actual!r}, expected {expected!r}")
        self.say(f"{'check':<{METHOD_WIDTH}} {what}: {brief(actual)}")

    def command(self, *arguments: str) -> str:
        """Run ``flask …`` and say what it did. Raises: JourneyFailed when it fails."""
        code, output = self.world.run_command(arguments)
        told = " ".join(output.split())
        if code:
            raise JourneyFailed(f"flask {' '.join(arguments)} ended with {code}: {told}")
        self.say(f"{'flask':<{METHOD_WIDTH}} {' '.join(arguments)}: {told}")
        return told

    def wait_for_letter(self, who: Traveller, what: str, matches: Callable[[Letter], bool]) -> Letter:
        """Wait until a mail has arrived. Raises: JourneyFailed."""

        def find() -> Letter | None:
            return next((letter for letter in self.world.letters_to(who.email) if matches(letter)), None)

        letter = self.wait_until(f"a mail to {who.name}: {what}", find)
        self.say(f"{'mail':<{METHOD_WIDTH}} to {who.name}: {letter.subject}")
        return letter

    def wait_until(self, what: str, find: Callable[[], T | None]) -> T:
        """Look again and again until something is there. Raises: JourneyFailed."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = find()
            if found:
                return found
            if time.monotonic() > deadline:
                raise JourneyFailed(f"{what} did not come within {PATIENCE_S} s; do worker and mailbox run?")
            self.world.let_work()


def look(body: Any, path: str) -> Any:
    """Return what a dotted path leads to: ``page.total``, ``data.0.id``, ``data.#`` for a length."""
    found = body
    for part in path.split("."):
        if part == "#" and isinstance(found, list | dict):
            found = len(found)
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        elif isinstance(found, dict) and part in found:
            found = found[part]
        else:
            return MISSING
    return found


def brief(value: Any) -> str:
    """Return a value in a few words."""
    if isinstance(value, dict) and value.keys() == {"amount", "currency"}:
        return f"{value['amount']} {value['currency']}"
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        value = " ".join(value)
    text = f"{len(value)} items" if isinstance(value, list | dict) else str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."


def shortened(path: str) -> str:
    """Return a path that fits its column."""
    return path if len(path) <= PATH_WIDTH else path[: PATH_WIDTH - 3] + "..."
