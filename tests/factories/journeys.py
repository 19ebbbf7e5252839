"""What whole journeys share: the product on a port of its own, and telling how they go (``pytest -s`` shows it)."""

import sys
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from airbnb.models.ledger import LedgerEntry, LedgerTransaction
from airbnb.unit_of_work import reading


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The product's address, for whoever wants to reach it over the network."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def tell(*parts: object) -> None:
    """Say how the journey goes."""
    sys.stdout.write(" ".join(str(part) for part in parts) + "\n")


def tell_ledger() -> list[str]:
    """Show every posting; return the kinds of transactions in their order."""
    with reading() as session:
        rows = session.execute(
            select(LedgerTransaction.kind, LedgerEntry.account, LedgerEntry.amount_minor, LedgerEntry.currency)
            .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
            .order_by(LedgerTransaction.id, LedgerEntry.account)
        ).all()
    for kind, account, amount, currency in rows:
        tell(f"{kind:20} {account:28} {amount / 100:>10.2f} {currency}")
    assert sum(row.amount_minor for row in rows) == 0
    return list(dict.fromkeys(row.kind for row in rows))
