"""What the stand-in for Stripe remembers: its clock, its objects, its events, its idempotency keys and its faults."""

import itertools
import json
import secrets
import threading
import time
from typing import Any

Body = dict[str, Any]
API_VERSION = "2026-10-28.endive"


class StripeError(Exception):
    """An error as Stripe answers it; ``is_saved`` when the idempotency layer keeps it.

    Source: https://docs.stripe.com/api/errors
    """

    def __init__(self, status: int, code: str | None = None, *, kind: str = "invalid_request_error", **more: Any):
        super().__init__(code)
        self.status = status
        self.is_saved = more.pop("is_saved", True)
        self.error = {"type": kind, "message": f"Refused: {code or kind}.", **({"code": code} if code else {}), **more}


class Books:
    """One account's world at Stripe; everything happens under ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        self.stopped_at: float | None = None
        self.numbers = itertools.count(1)
        self.objects: dict[str, dict[str, Body]] = {}
        self.events: list[Body] = []
        self.keys: dict[str, Body] = {}
        self.faults: list[Body] = []
        self.calls: list[Body] = []

    def now(self) -> int:
        return int(time.time() if self.stopped_at is None else self.stopped_at)

    def stop_clock(self, at: float) -> None:
        self.stopped_at = at

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{next(self.numbers):06d}{secrets.token_hex(6)}"

    def add(self, kind: str, body: Body) -> Body:
        self.objects.setdefault(kind, {})[body["id"]] = body
        return body

    def get(self, kind: str, object_id: str) -> Body:
        """Return an object. Source: https://docs.stripe.com/error-codes#resource-missing"""
        found = self.objects.get(kind, {}).get(object_id)
        if found is None:
            raise StripeError(404, "resource_missing", param="id", is_saved=False)
        return found

    def all(self, kind: str) -> list[Body]:
        """Return every object of a kind, the newest first."""
        return list(reversed(self.objects.get(kind, {}).values()))

    def tell(self, event_type: str, body: Body) -> Body:
        """Queue an event with the object as it stands. Source: https://docs.stripe.com/api/events/object"""
        event = {
            "id": self.new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "type": event_type,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "data": {"object": json.loads(json.dumps(body))},
        }
        self.events.append(event)
        return event

    def move(self, kind: str, amount: int, currency: str, source: str, *, fee: int = 0) -> Body:
        """Write a line of the balance. Source: https://docs.stripe.com/api/balance_transactions/object"""
        line = {
            "id": self.new_id("txn"),
            "object": "balance_transaction",
            "type": kind,
            "amount": amount,
            "fee": fee,
            "net": amount - fee,
            "currency": currency,
            "created": self.now(),
            "source": source,
        }
        return self.add("balance_transaction", line)


def page(found: list[Body], params: Body) -> Body:
    """Return one page of a list, the newest first. Source: https://docs.stripe.com/api/pagination"""
    created = params.get("created") or {}
    lowest, highest = int(created.get("gte", 0)), int(created.get("lte", 2**60))
    until = int(created.get("lt", 2**60))
    wanted = [one for one in found if lowest <= one["created"] <= highest and one["created"] < until]
    after = params.get("starting_after")
    if after is not None:
        ids = [one["id"] for one in wanted]
        wanted = wanted[ids.index(after) + 1 :] if after in ids else []
    limit = int(params.get("limit", 10))
    return {"object": "list", "data": wanted[:limit], "has_more": len(wanted) > limit, "url": "/v1"}


def whole(params: Body, name: str) -> int:
    """Return a parameter as a positive whole number. Source: https://docs.stripe.com/error-codes#parameter-invalid-integer"""
    raw = str(params.get(name, ""))
    if not raw.isdecimal() or int(raw) < 1:
        code = "parameter_invalid_integer" if raw else "parameter_missing"
        raise StripeError(400, code, param=name, is_saved=False)
    return int(raw)


def text(params: Body, name: str) -> str:
    """Return a parameter that must be there. Source: https://docs.stripe.com/error-codes#parameter-missing"""
    if not params.get(name):
        raise StripeError(400, "parameter_missing", param=name, is_saved=False)
    return str(params[name])
