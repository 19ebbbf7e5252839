"""What receipts and credit notes say, as plain values for their schema."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from airbnb.domain.documents import DocumentKind, number_text
from airbnb.domain.kinds import Provider
from airbnb.domain.money import Money
from airbnb.domain.pricing import LineKind
from airbnb.models.documents import Document


def receipt_view(documents: Sequence[Document]) -> dict[str, Any]:
    """Return a booking's documents. Needs: at least one, in the order of their numbers."""
    currency = documents[0].currency

    def sum_of(kind: DocumentKind) -> Money:
        return Money(sum(one.amount_minor for one in documents if one.kind is kind), currency)

    return {
        "code": documents[0].content["stay"]["code"],
        "captured": sum_of(DocumentKind.RECEIPT),
        "refunded": sum_of(DocumentKind.CREDIT_NOTE),
        "documents": [_view(one) for one in documents],
    }


def _view(document: Document) -> dict[str, Any]:
    content, currency = document.content, document.currency
    is_receipt = document.kind is DocumentKind.RECEIPT
    rate_on = content["exchange_rate_on"]
    view = {
        "number": number_text(document.number),
        "kind": document.kind,
        "issued_at": document.issued_at,
        "issuer": content["issuer"],
        "guest": content["guest"],
        "host": content["host"],
        "stay": _stay(content["stay"]),
        "lines": [
            {
                "kind": LineKind(line["kind"]),
                "label": line["label_key"],
                "quantity": line["quantity"],
                "unit": None if line["unit_minor"] is None else Money(line["unit_minor"], currency),
                "amount": Money(line["amount_minor"], currency),
            }
            for line in content["lines"]
        ],
        "taxes_included": [
            {"label": tax["label_key"], "amount": Money(tax["amount_minor"], currency)}
            for tax in content["taxes_included"]
        ],
        "total": Money(content["total_minor"], currency),
        "amount": Money(document.amount_minor, currency),
        "provider": Provider(content["payment" if is_receipt else "refund"]["provider"]),
        "exchange_rate": content["exchange_rate"],
        "exchange_rate_on": None if rate_on is None else date.fromisoformat(rate_on),
    }
    if is_receipt:
        return view | {"paid_before": Money(content["paid_before_minor"], currency)}
    return view | {
        "receipt_number": number_text(content["receipt_number"]),
        "credited": [
            {"kind": LineKind(line["kind"]), "amount": Money(line["amount_minor"], currency)}
            for line in content["refund"]["lines"]
        ],
    }


def _stay(stay: dict[str, Any]) -> dict[str, Any]:
    days = {name: date.fromisoformat(stay[name]) for name in ("check_in", "check_out")}
    return {**stay, **days}
