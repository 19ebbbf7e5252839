"""Who should look at the database soon after a commit: bells that a transaction asks for as it writes."""

from collections.abc import MutableMapping
from enum import StrEnum
from typing import Any

ASKED_FOR = "bells_to_ring"


class Bell(StrEnum):
    """One kind of reader that may be asleep."""

    OUTBOX = "outbox"  # the workers: effects that follow
    STREAMS = "streams"  # the processes that hold open streams
    WEBHOOKS = "webhooks"  # the workers: deliveries to integrators


def ask_to_ring(notes: MutableMapping[Any, Any], bell: Bell) -> None:
    """Note on a transaction (the session's ``info``) that a bell is to be rung when it is committed."""
    notes.setdefault(ASKED_FOR, set()).add(bell)


def bells_of(notes: MutableMapping[Any, Any]) -> frozenset[Bell]:
    """Return the bells that were asked for."""
    return frozenset(notes.get(ASKED_FOR, ()))
