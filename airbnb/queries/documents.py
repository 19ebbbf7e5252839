"""Numbering, adding and reading receipts and credit notes, and what an audit of them finds."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, cast, exists, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from airbnb.domain.documents import DocumentKind
from airbnb.domain.statuses import RefundStatus
from airbnb.models.bookings import Booking
from airbnb.models.documents import Document, DocumentSeries
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.payments import Payment, Refund
from airbnb.queries.changes import matched_rows


class Fault(NamedTuple):
    """One thing that is wrong with the documents; ``subject`` names the row."""

    what: str
    subject: str


def next_number(session: Session, series: str) -> int:
    """Take the next number of a series.

    Locks: the series, until the transaction ends; one that is rolled back gives its number back, so no gap is left.
    """
    if not _count_up(session, series):
        try:
            session.execute(insert(DocumentSeries).values(name=series, last_number=0))
        except IntegrityError:
            # Somebody else began the series a moment ago.
            pass
        _count_up(session, series)
    return session.execute(select(DocumentSeries.last_number).where(DocumentSeries.name == series)).scalar_one()


def _count_up(session: Session, series: str) -> bool:
    statement = (
        update(DocumentSeries)
        .where(DocumentSeries.name == series)
        .values(last_number=DocumentSeries.last_number + 1)
        .execution_options(synchronize_session=False)
    )
    return matched_rows(session, statement) == 1


def add_document(session: Session, **columns: Any) -> Document:
    """Add a document, which nothing changes ever after."""
    document = Document(**columns)
    session.add(document)
    session.flush()
    return document


def get_billed_booking(session: Session, booking_id: int) -> Booking:
    """Return a booking with its lines, its listing and both parties."""
    statement = (
        select(Booking)
        .where(Booking.id == booking_id)
        .options(
            joinedload(Booking.listing),
            joinedload(Booking.guest),
            joinedload(Booking.host),
            selectinload(Booking.lines),
        )
    )
    return session.execute(statement).scalar_one()


def list_of_booking(session: Session, booking_id: int) -> Sequence[Document]:
    """Return a booking's receipts and credit notes in the order of their numbers."""
    return session.scalars(select(Document).where(Document.booking_id == booking_id).order_by(Document.number)).all()


def find_receipt(session: Session, payment_id: int) -> Document | None:
    """Return the receipt of a payment, or None."""
    return session.scalar(
        select(Document).where(Document.payment_id == payment_id, Document.kind == DocumentKind.RECEIPT)
    )


def has_note(session: Session, refund_id: int) -> bool:
    """Say whether a refund has its credit note."""
    return session.scalar(select(Document.id).where(Document.refund_id == refund_id)) is not None


def captured_before(session: Session, payment: Payment) -> int:
    """Return what earlier payments of the booking brought and was not asked back, in minor units."""
    kept = func.coalesce(func.sum(Payment.captured_minor - Payment.refunded_minor), 0)
    return int(
        session.scalar(select(kept).where(Payment.booking_id == payment.booking_id, Payment.id != payment.id)) or 0
    )


def list_payments_without_receipt(session: Session, *, limit: int) -> Sequence[int]:
    """Return ids of captured payments that nobody has a receipt of, the oldest first."""
    return session.scalars(
        select(Payment.id)
        .where(Payment.captured_minor > 0, ~_has(Document.payment_id == Payment.id, DocumentKind.RECEIPT))
        .order_by(Payment.captured_at, Payment.id)
        .limit(limit)
    ).all()


def list_refunds_without_note(session: Session, *, limit: int) -> Sequence[int]:
    """Return ids of refunds that arrived and have no credit note, the oldest first."""
    return session.scalars(
        select(Refund.id)
        .where(
            Refund.status == RefundStatus.SUCCEEDED, ~_has(Document.refund_id == Refund.id, DocumentKind.CREDIT_NOTE)
        )
        .order_by(Refund.succeeded_at, Refund.id)
        .limit(limit)
    ).all()


def _has(condition: ColumnElement[bool], kind: DocumentKind) -> ColumnElement[bool]:
    return exists().where(condition, Document.kind == kind)


def find_faults(session: Session) -> list[Fault]:
    """Return every gap in the numbers, and all money that the documents do not tell of or tell wrongly."""
    return [*_gaps(session), *_receipts(session), *_credit_notes(session)]


def _gaps(session: Session) -> Iterable[Fault]:
    before = aliased(Document)
    has_before = exists().where(before.series == Document.series, before.number == Document.number - 1)
    rows = session.execute(
        select(Document.series, Document.number).where(Document.number > 1, ~has_before).order_by(Document.number)
    )
    for series, number in rows:
        yield Fault("no document before this number", f"{series} {number}")
    last = func.coalesce(func.max(Document.number), 0)
    ends = (
        select(DocumentSeries.name, DocumentSeries.last_number, last.label("last"))
        .outerjoin(Document, Document.series == DocumentSeries.name)
        .group_by(DocumentSeries.name, DocumentSeries.last_number)
        .having(last != DocumentSeries.last_number)
    )
    for series, counted, present in session.execute(ends):
        yield Fault("the series counts other numbers than there are", f"{series} {counted} {present}")


def _receipts(session: Session) -> Iterable[Fault]:
    for payment_id in list_payments_without_receipt(session, limit=1_000):
        yield Fault("payment without a receipt", str(payment_id))
    wrong = (
        select(Document.number)
        .join(Payment, Payment.id == Document.payment_id)
        .where(
            Document.kind == DocumentKind.RECEIPT,
            (Document.amount_minor != Payment.captured_minor) | (Document.currency != Payment.currency),
        )
    )
    for number in session.scalars(wrong):
        yield Fault("receipt of another amount than was captured", str(number))


def _credit_notes(session: Session) -> Iterable[Fault]:
    for refund_id in list_refunds_without_note(session, limit=1_000):
        yield Fault("refund without a credit note", str(refund_id))
    # A refund that a bank sent back later keeps its note: the money is owed all the same.
    sent = exists().where(
        LedgerTransaction.kind == "refund_sent",
        LedgerTransaction.booking_id == Document.booking_id,
        LedgerTransaction.source == literal("refund:") + cast(Refund.id, String),
    )
    wrong = (
        select(Document.number)
        .join(Refund, Refund.id == Document.refund_id)
        .where(
            Document.kind == DocumentKind.CREDIT_NOTE,
            (Document.amount_minor != Refund.amount_minor) | (Document.currency != Refund.currency) | ~sent,
        )
    )
    for number in session.scalars(wrong):
        yield Fault("credit note of another amount than was refunded", str(number))
