"""What a request wants from the shared store besides being counted: asked in the trip that counts it.

Each trip to Redis costs as much as a small query. A route that knows before its view runs what it will ask for
registers that here; what earlier requests left to be stored goes along as well.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import has_request_context, request

from airbnb.extensions import shared_store
from airbnb.shared_store import Command

#: Kept with the request itself: ``g`` may outlive it where somebody opened a context around several.
_ASKED, _ANSWERS = "airbnb.rides_asked", "airbnb.rides"
#: From an endpoint to what it asks for, by a name of its own. Called before the view; refuses nothing.
_RIDERS: dict[str, Callable[[], Mapping[str, Command]]] = {}


def rides_along(endpoint: str, ask: Callable[[], Mapping[str, Command]]) -> None:
    """Register what requests of an endpoint ask for."""
    _RIDERS[endpoint] = ask


def board() -> list[Command]:
    """Return the commands that go along with the trip about to be made, once a request."""
    if not has_request_context() or _ANSWERS in request.environ:
        return []
    rider = _RIDERS.get(request.endpoint or "")
    asked = dict(rider()) if rider is not None else {}
    request.environ[_ANSWERS] = {}
    request.environ[_ASKED] = list(asked)
    return [*shared_store().take_left(), *asked.values()]


def arrive(answers: Sequence[Any]) -> None:
    """Take in what the store answered to the commands of ``board``, in their order."""
    names: list[str] = request.environ[_ASKED]
    for name, answer in zip(names, answers[len(answers) - len(names) :], strict=True):
        # What went wrong is asked for again where it is needed, and reported there.
        if not isinstance(answer, Exception):
            request.environ[_ANSWERS][name] = (answer,)


def answer_of(name: str) -> tuple[Any] | None:
    """Return what came along under a name, or None when nothing did."""
    found: tuple[Any] | None = request.environ.get(_ANSWERS, {}).get(name)
    return found
