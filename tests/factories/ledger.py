"""The book as tests read it, and the examples of the page that it must agree with."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from airbnb.domain.money import parse_money
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import Payment
from airbnb.unit_of_work import reading
from tests.architecture.guards import ROOT

PAGE = (ROOT / "docs" / "rules" / "ledger.md").read_text()


def documented(kind: str, currency: str = "EUR") -> dict[str, int]:
    """Return the entries of an event as the page shows them, in minor units by account."""
    section = PAGE.partition(f"### {kind}\n")[2].partition("\n##")[0]
    found = re.findall(r"^\| `([a-z_:]+)` \| (-?)([0-9.]+) \|$", section, re.MULTILINE)
    assert found, f"the page has no example of {kind}"
    return {account: parse_money(text, currency).amount_minor * (-1 if sign else 1) for account, sign, text in found}


def booked(kind: str, index: int = -1) -> dict[tuple[str, str], int]:
    """Return the entries of one event of a kind by account and currency, nothing if there is none."""
    events = select(LedgerTransaction).where(LedgerTransaction.kind == kind)
    with reading() as session:
        found = session.scalars(
            events.options(selectinload(LedgerTransaction.entries)).order_by(LedgerTransaction.id)
        ).all()
    return {(one.account, one.currency): one.amount_minor for one in found[index].entries} if found else {}


def in_euros(kind: str, index: int = -1) -> dict[str, int]:
    """Return the same by account, of an event in one currency."""
    return {account: amount for (account, _), amount in booked(kind, index).items()}


def rows(model: Any) -> Sequence[Any]:
    """Return every row of a table, the oldest first."""
    with reading() as session:
        return session.scalars(select(model).order_by(model.id)).all()


def posted() -> list[str]:
    """Return the kinds of all events in the book, sorted."""
    with reading() as session:
        return sorted(session.scalars(select(LedgerTransaction.kind)))


def only_payment() -> Payment:
    """Return the one payment that there is."""
    (payment,) = rows(Payment)
    assert isinstance(payment, Payment)
    return payment
