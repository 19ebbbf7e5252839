"""Running an audit and keeping what it found."""

import logging
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.queries import audit_runs, documents
from airbnb.queries.history_audit import find_history_faults
from airbnb.queries.late_work import find_late_calls, find_late_events
from airbnb.queries.ledger import find_faults
from airbnb.queries.reconciliation import open_differences
from airbnb.services.calendar_audit import find_calendar_faults
from airbnb.services.reviews import audit_figures
from airbnb.services.search_upkeep import find_search_faults
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.photo_clean_up import find_left_files

logger = logging.getLogger(__name__)


def _audit_ledger(session: Session) -> list[str]:
    return [
        f"{fault.what}: {fault.subject} is {fault.booked_minor}, should be {fault.expected_minor}"
        for fault in find_faults(session)
    ]


def _audit_calendar(session: Session) -> list[str]:
    return find_calendar_faults(session, now=clock.now())


def _audit_search(session: Session) -> list[str]:
    return find_search_faults(session, now=clock.now())


def _audit_documents(session: Session) -> list[str]:
    return [f"{fault.what}: {fault.subject}" for fault in documents.find_faults(session)]


def _audit_reviews(session: Session) -> list[str]:
    return [str(difference) for difference in audit_figures(session)]


def _audit_providers(session: Session) -> list[str]:
    return [
        f"{row.provider.value}: {row.subject} is {row.booked_minor} {row.currency} in our book, "
        f"{row.provider_minor} at the provider"
        for row in open_differences(session)
    ]


def _audit_outbox(session: Session) -> list[str]:
    return find_late_events(session, now=clock.now())


def _audit_calls(session: Session) -> list[str]:
    return find_late_calls(session, now=clock.now())


def _audit_files(session: Session) -> list[str]:
    return [f"no row names the file {key}" for key in find_left_files(clock.now())]


#: Audit -> what returns a sentence per fault.
AUDITS: dict[str, Callable[[Session], list[str]]] = {
    "ledger": _audit_ledger,
    "providers": _audit_providers,
    "documents": _audit_documents,
    "calendar": _audit_calendar,
    "search": _audit_search,
    "reviews": _audit_reviews,
    "histories": find_history_faults,
    "outbox": _audit_outbox,
    "calls": _audit_calls,
    "files": _audit_files,
}


def run_audit(name: str) -> list[str]:
    """Look for faults, keep the result for the dashboard and the metrics, and return a sentence per fault."""
    ran_at, began = clock.now(), time.monotonic()
    with reading() as session:
        faults = AUDITS[name](session)
    duration_ms = int((time.monotonic() - began) * 1000)
    keep = partial(audit_runs.add_run, name=name, faults=faults, ran_at=ran_at, duration_ms=duration_ms)
    in_transaction(keep)
    for fault in faults[: audit_runs.SAMPLE]:
        logger.error("an audit found a fault", extra={"audit": name, "fault": fault})
    return faults
