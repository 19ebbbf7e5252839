"""What moved on our balance at the sandbox provider."""

from collections.abc import Callable, Iterator
from datetime import datetime

from airbnb.integrations.payments.abilities import GatewayMovement, MovementKind
from airbnb.integrations.payments.sandbox_store import Body, SandboxBooks, SandboxStore

#: (kind, status) of an object that has just come to it -> why money moved, by which field, in which direction.
_MOVES = {
    ("payment", "captured"): (MovementKind.PAYMENT, "captured_minor", 1),
    ("refund", "succeeded"): (MovementKind.REFUND, "amount_minor", -1),
    ("payout", "paid"): (MovementKind.PAYOUT, "amount_minor", -1),
}


class SandboxMovements:
    """The part of the sandbox that keeps the balance's lines; the sandbox charges no fees."""

    _store: SandboxStore
    _now: Callable[[], datetime]

    def list_movements(self, since: datetime, until: datetime) -> Iterator[GatewayMovement]:
        """Yield what moved on our balance in ``[since, until)``, the newest first."""
        with self._store.reading(self._now()) as books:
            found = books.movements(since, until)
        yield from map(_as_movement, found)


def record(books: SandboxBooks, kind: str, body: Body) -> None:
    """Save an object, queue the event of its new status, and write down the money that it moved."""
    books.record(kind, body)
    move = _MOVES.get((kind, str(body["status"])))
    if move is not None:
        why, field, sign = move
        books.note_movement(why, body, sign * body[field], str(body["status"]))


def _as_movement(body: Body) -> GatewayMovement:
    return GatewayMovement(
        provider_ref=body["provider_ref"],
        kind=MovementKind(body["kind"]),
        subject_ref=body["subject_ref"],
        reference=None if body["kind"] == MovementKind.DISPUTE else body["reference"],
        amount_minor=body["amount_minor"],
        fee_minor=0,
        currency=body["currency"],
        at=datetime.fromisoformat(body["at"]),
    )
