"""Guards of the product that a process of a test can run without, to see that the fault then shows."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from flask import Flask

from airbnb.integrations.payments import PaymentRequest, PayoutRequest
from airbnb.queries import outbox
from airbnb.queries import payments as payment_queries
from airbnb.queries import webhook_endpoints as hook_queries
from airbnb.workflows.outside import EXTENSION, Outside
from tests.faults.crash_points import wrap_methods


def _forget_keys(app: Flask) -> None:
    """Send a new idempotency key with each call, and find nothing at the provider by our reference."""
    outside: Outside = app.extensions[EXTENSION]
    for gateway in outside.gateways.values():
        wrap_methods(gateway, _forgetful)


def _forgetful(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*args: Any, **named: Any) -> Any:
        if name.startswith("find_"):
            return None
        return method(*(_with_new_key(name, position, value) for position, value in enumerate(args)), **named)

    return call


def _with_new_key(name: str, position: int, value: Any) -> Any:
    if isinstance(value, PaymentRequest | PayoutRequest):
        return replace(value, idempotency_key=secrets.token_hex(16))
    # capture and refund take the key third, void second
    is_key = (name, position) in {("capture", 2), ("refund", 2), ("void", 1)}
    return secrets.token_hex(16) if is_key else value


def _claim_nothing(app: Flask) -> None:
    """Let everybody handle an event who sees it."""
    outbox.claim_event = lambda *args, **named: True  # type: ignore[assignment]


def _know_no_event(app: Flask) -> None:
    """Take every delivery of a webhook for a new one; its unique key must be gone too."""
    payment_queries.find_webhook = lambda *args, **named: None  # type: ignore[assignment]


def _give_no_hook_back(app: Flask) -> None:
    """Leave to a dead worker what it was sending to an integrator."""
    hook_queries.give_back_stuck_deliveries = lambda *args, **named: 0  # type: ignore[assignment]


def _take_what_is_not_known(app: Flask) -> None:
    """Take events of kinds that only a newer release knows."""
    known = outbox.list_due_event_ids
    outbox.list_due_event_ids = lambda *args, topics, **named: known(*args, **named)  # type: ignore[assignment]


#: Name -> what takes the guard away.
GUARDS: Mapping[str, Callable[[Flask], None]] = {
    "keys": _forget_keys,
    "claims": _claim_nothing,
    "events": _know_no_event,
    "stuck-hooks": _give_no_hook_back,
    "topics": _take_what_is_not_known,
}
