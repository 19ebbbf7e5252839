"""What the stand-in for PayPal remembers: its clock, its objects, its events, its request ids and its faults."""

import itertools
import json
import secrets
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Body = dict[str, Any]

#: Source: https://developer.paypal.com/api/rest/reference/currency-codes/
CURRENCIES = set(
    "AUD BRL CAD CNY CZK DKK EUR HKD HUF ILS JPY MYR MXN TWD NZD NOK PHP PLN GBP SGD SEK CHF THB USD".split()
)
WHOLE = {"HUF", "JPY", "TWD"}


class PayPalError(Exception):
    """An error as PayPal answers it. Source: https://developer.paypal.com/api/rest/responses/#link-failedrequests"""

    def __init__(self, status: int, name: str, issue: str | None = None, **more: Any) -> None:
        super().__init__(issue or name)
        self.status = status
        details = [{"issue": issue, "description": "Refused."}] if issue else []
        self.error = {"name": name, "message": "Refused.", "details": details, **more}


def unprocessable(issue: str) -> PayPalError:
    """Source: https://developer.paypal.com/api/rest/reference/orders/v2/errors/ (422 UNPROCESSABLE_ENTITY)"""
    return PayPalError(422, "UNPROCESSABLE_ENTITY", issue)


class Books:
    """One account's world at PayPal; everything happens under ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        self.stopped_at: float | None = None
        self.lag_s = 0
        self.numbers = itertools.count(1)
        self.objects: dict[str, dict[str, Body]] = {}
        self.events: list[Body] = []
        self.keys: dict[tuple[str, str], Body] = {}
        self.tokens: dict[str, float] = {}
        self.faults: list[Body] = []
        self.calls: list[Body] = []

    def now(self) -> float:
        return time.time() if self.stopped_at is None else self.stopped_at

    def stop_clock(self, at: float) -> None:
        self.stopped_at = at

    def new_id(self) -> str:
        """Seventeen capitals and digits, as PayPal's ids are."""
        return f"{next(self.numbers):05d}{secrets.token_hex(6).upper()}"

    def add(self, kind: str, body: Body) -> Body:
        self.objects.setdefault(kind, {})[body["id"]] = body
        return body

    def get(self, kind: str, object_id: str) -> Body:
        """Return an object. Source: https://developer.paypal.com/api/rest/responses/ (404 RESOURCE_NOT_FOUND)"""
        found = self.objects.get(kind, {}).get(object_id)
        if found is None:
            raise PayPalError(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
        return found

    def all(self, kind: str) -> list[Body]:
        """Return every object of a kind, the newest first."""
        return list(reversed(self.objects.get(kind, {}).values()))

    def tell(self, event_type: str, resource_type: str, resource: Body) -> None:
        """Queue an event with the object as it stands.

        Source: https://developer.paypal.com/docs/api/webhooks/v1/#definition-event
        """
        event = {
            "id": f"WH-{self.new_id()}-{self.new_id()}",
            "event_version": "1.0",
            "create_time": stamp(self.now()),
            "resource_type": resource_type,
            "resource_version": "2.0",
            "event_type": event_type,
            "summary": "Something happened",
            "resource": json.loads(json.dumps(resource)),
            "links": [],
        }
        self.events.append(event)

    def move(self, code: str, amount: Body, reference: str, transaction_id: str, *, sign: int, fee: str = "0") -> None:
        """Write a transaction. Source: https://developer.paypal.com/docs/api/transaction-search/v1/#search_get"""
        currency = amount.get("currency_code") or amount["currency"]
        info = {
            "transaction_id": transaction_id,
            "transaction_event_code": code,
            "transaction_initiation_date": stamp(self.now()),
            "transaction_updated_date": stamp(self.now()),
            "transaction_amount": {"currency_code": currency, "value": str(sign * Decimal(amount["value"]))},
            "fee_amount": {"currency_code": currency, "value": f"-{fee}"},
            "transaction_status": "S",
            "custom_field": reference,
            "invoice_id": reference,
        }
        key = f"{transaction_id}:{code}"
        self.add("transaction", {"id": key, "at": self.now(), "info": info})


def stamp(at: float) -> str:
    """Return an instant as PayPal writes it."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def checked(amount: Any, code_name: str = "currency_code") -> Decimal:
    """Return a positive amount in a currency that PayPal takes, with the decimals that it has.

    Source: https://developer.paypal.com/api/rest/reference/currency-codes/ and the errors CURRENCY_NOT_SUPPORTED,
    DECIMALS_NOT_SUPPORTED, CANNOT_BE_ZERO_OR_NEGATIVE, DECIMAL_PRECISION of Orders v2
    """
    currency, value = str(amount[code_name]), str(amount["value"])
    if currency not in CURRENCIES:
        raise unprocessable("CURRENCY_NOT_SUPPORTED")
    decimals = value.partition(".")[2]
    if currency in WHOLE and decimals:
        raise unprocessable("DECIMALS_NOT_SUPPORTED")
    if len(decimals) > 2:
        raise unprocessable("DECIMAL_PRECISION")
    if Decimal(value) <= 0:
        raise unprocessable("CANNOT_BE_ZERO_OR_NEGATIVE")
    return Decimal(value)
