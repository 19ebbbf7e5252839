"""Disputes at the sandbox provider: a payer's bank that asks, takes, and answers when told to."""

from collections.abc import Callable
from datetime import datetime, timedelta

from airbnb.domain.statuses import DisputeStatus
from airbnb.integrations.payments.abilities import GatewayDispute, MovementKind
from airbnb.integrations.payments.protocol import GatewayRefused
from airbnb.integrations.payments.sandbox_store import Body, SandboxBooks, SandboxStore, new_ref

#: What the bank says instead of fraud when it opens a dispute by this step.
REASONS = {"not_received": "product_not_received"}
EVIDENCE_WITHIN = timedelta(days=7)
#: Word of a rehearsed event -> (status, whether it is only an inquiry); None keeps what it was.
STEPS: dict[str, tuple[DisputeStatus, bool | None]] = {
    "opened": (DisputeStatus.NEEDS_RESPONSE, False),
    "not_received": (DisputeStatus.NEEDS_RESPONSE, False),
    "inquiry": (DisputeStatus.NEEDS_RESPONSE, True),
    "under_review": (DisputeStatus.UNDER_REVIEW, None),
    "won": (DisputeStatus.WON, None),
    "lost": (DisputeStatus.LOST, None),
}


class SandboxDisputes:
    """The part of the sandbox that plays the payer's bank."""

    _store: SandboxStore
    _now: Callable[[], datetime]

    def get_dispute(self, provider_ref: str) -> GatewayDispute:
        """Return the dispute. Raises: GatewayRefused ``not_found``."""
        with self._store.reading(self._now()) as books:
            return _as_dispute(books.get("dispute", provider_ref))

    def dispute(
        self, payment_ref: str, step: str, *, delay: timedelta = timedelta(0), duplicate: bool = False
    ) -> GatewayDispute:
        """Let the payer's bank open, review or decide a dispute of a captured payment; a decided one stays so.

        The event comes late or twice if asked.
        Raises: GatewayRefused ``unknown_step``, ``not_captured``, ``not_found``.
        """
        if step not in STEPS:
            raise GatewayRefused("unknown_step")
        now = self._now()
        with self._store.writing(now) as books:
            dispute = _found_or_new(books, payment_ref, now)
            had = _taken(dispute) if books.find("dispute", dispute["reference"]) else 0
            _take_step(dispute, step)
            if had != _taken(dispute):
                books.note_movement(MovementKind.DISPUTE, dispute, had - _taken(dispute), step)
            books.save("dispute", dispute)
            books.queue(f"dispute.{step}", dispute, delay=delay, copies=2 if duplicate else 1)
        return _as_dispute(dispute)


def _found_or_new(books: SandboxBooks, payment_ref: str, now: datetime) -> Body:
    payment = books.get("payment", payment_ref)
    known = books.find("dispute", payment["reference"])
    if known is not None:
        return known
    if not payment["captured_minor"]:
        raise GatewayRefused("not_captured")
    return {
        "provider_ref": new_ref("dsp"),
        "payment_ref": payment_ref,
        "reference": payment["reference"],
        "status": DisputeStatus.NEEDS_RESPONSE,
        "is_inquiry": False,
        "amount_minor": payment["captured_minor"],
        "currency": payment["currency"],
        "reason": "fraudulent",
        "evidence_due_at": (now + EVIDENCE_WITHIN).isoformat(),
    }


def _take_step(dispute: Body, step: str) -> None:
    if dispute["status"] in (DisputeStatus.WON, DisputeStatus.LOST):
        return
    status, is_inquiry = STEPS[step]
    dispute["reason"] = REASONS.get(step, dispute["reason"])
    dispute["status"] = status
    if is_inquiry is not None:
        dispute["is_inquiry"] = is_inquiry
    if status is DisputeStatus.LOST:
        dispute["is_inquiry"] = False  # what is lost was taken


def _taken(dispute: Body) -> int:
    """Return what the bank holds by a dispute, in minor units."""
    is_free = dispute["is_inquiry"] or dispute["status"] == DisputeStatus.WON
    return 0 if is_free else int(dispute["amount_minor"])


def _as_dispute(body: Body) -> GatewayDispute:
    return GatewayDispute(
        provider_ref=body["provider_ref"],
        payment_ref=body["payment_ref"],
        status=DisputeStatus(body["status"]),
        amount_minor=body["amount_minor"],
        currency=body["currency"],
        reason=body["reason"],
        is_inquiry=body["is_inquiry"],
        evidence_due_at=datetime.fromisoformat(body["evidence_due_at"]),
    )
