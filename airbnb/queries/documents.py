"""Numbering, adding and reading receipts and credit notes, and what an audit of them finds."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from typing import cast as cast_to

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    String,
    Table,
    bindparam,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, selectinload

from airbnb.domain.documents import DocumentKind
from airbnb.last_rows import write_rows
from airbnb.models.bookings import Booking
from airbnb.models.documents import Document, DocumentSeries
from airbnb.models.ledger import LedgerTransaction
from airbnb.models.listings import Listing
from airbnb.models.payments import Payment, Refund
from airbnb.models.users import User
from airbnb.queries.refunds import RETURNED
from airbnb.queries.rows import add_now


class Fault(NamedTuple):
    """One thing that is wrong with the documents; ``subject`` names the row."""

    what: str
    subject: str


_SERIES = cast_to(Table, DocumentSeries.__table__)
_COUNT_UP = update(_SERIES).where(_SERIES.c.name == bindparam("series")).values(last_number=_SERIES.c.last_number + 1)
_LAST_NUMBER = select(_SERIES.c.last_number).where(_SERIES.c.name == bindparam("series"))


def next_number(session: Session, series: str) -> int:
    """Take the next number of a series.

    Locks: the series, until the transaction ends; one that is rolled back gives its number back, so no gap is left.
    """
    write_rows(session)
    if not _count_up(session, series):
        try:
            session.execute(insert(DocumentSeries).values(name=series, last_number=0))
        except IntegrityError:
            # Somebody else began the series a moment ago.
            pass
        _count_up(session, series)
    return int(session.execute(_LAST_NUMBER, {"series": series}).scalar_one())


def _count_up(session: Session, series: str) -> bool:
    return cast_to("CursorResult[Any]", session.execute(_COUNT_UP, {"series": series})).rowcount == 1


def add_document(session: Session, **columns: Any) -> Document:
    """Add a document, which nothing changes ever after."""
    document = Document(**columns)
    add_now(session, document)
    return document


def get_billed_booking(session: Session, booking_id: int) -> Booking:
    """Return a booking with its lines."""
    statement = select(Booking).where(Booking.id == booking_id).options(selectinload(Booking.lines))
    return session.execute(statement).scalar_one()


_Guest, _Host = aliased(User), aliased(User)
_NAMES = (
    select(_Guest.first_name, _Guest.last_name, _Host.first_name, Listing.title, Listing.city, Listing.country_code)
    .select_from(Booking)
    .join(_Guest, _Guest.id == Booking.guest_id)
    .join(_Host, _Host.id == Booking.host_id)
    .join(Listing, Listing.id == Booking.listing_id)
    .where(Booking.id == bindparam("booking"))
)


class BilledNames(NamedTuple):
    """Who and what a booking is billed for, as they are called now."""

    guest_first: str
    guest_last: str
    host_first: str
    title: str
    city: str
    country_code: str


def get_names(session: Session, booking_id: int) -> BilledNames:
    """Return the names on a booking's documents."""
    return BilledNames(*session.execute(_NAMES, {"booking": booking_id}).one())


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
        .where(RETURNED, ~_has(Document.refund_id == Refund.id, DocumentKind.CREDIT_NOTE))
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
        LedgerTransaction.kind.in_(("refund_sent", "refund_rerouted")),
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
