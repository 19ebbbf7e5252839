"""Receipts as PDF, and documents that are made up for."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from airbnb.domain.documents import Sheet
from airbnb.integrations.pdf import draw_sheets
from airbnb.queries import documents as queries
from airbnb.services import documents
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.batches import act_on_each

PDF = "application/pdf"
BATCH = 1_000


def draw_pdf(sheets: Sequence[Sheet]) -> bytes:
    """Return a PDF with each document on pages of its own; the same sheets give the same bytes."""
    return draw_sheets(sheets)


def issue_missing(now: datetime) -> int:
    """Issue every document that is missing, receipts before the notes that name them; return how many were."""
    with reading() as session:
        payments = queries.list_payments_without_receipt(session, limit=BATCH)
    issued = act_on_each(payments, partial(_issue, documents.issue_missing_receipt, now))
    with reading() as session:
        refunds = queries.list_refunds_without_note(session, limit=BATCH)
    return issued + act_on_each(refunds, partial(_issue, documents.issue_missing_note, now))


def _issue(work: Callable[..., bool], now: datetime, record_id: int) -> bool:
    return in_transaction(lambda session: work(session, record_id, now=now))
