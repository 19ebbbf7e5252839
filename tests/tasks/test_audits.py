"""Every audit of ``flask verify`` runs by night, too, and what it found is kept where staff and machines look."""

import pytest

from airbnb.models.audit_runs import AuditRun
from airbnb.queries.audit_runs import list_latest_runs
from airbnb.tasks import audits, bookings, payments, reviews, search
from airbnb.unit_of_work import reading
from airbnb.workflows.audits import AUDITS

NIGHTLY = (
    payments.audit_ledger,
    payments.reconcile_providers,
    payments.audit_documents,
    bookings.audit_calendar,
    search.audit,
    reviews.audit,
    audits.audit_histories,
    audits.audit_waiting_work,
    audits.audit_files,
)


def test_every_audit_runs_by_night_and_keeps_what_it_found(app, own_sandbox):
    assert [task() for task in NIGHTLY] == [0] * len(NIGHTLY)

    with reading() as session:
        assert {run.name for run in list_latest_runs(session)} == set(AUDITS)


@pytest.mark.parametrize("task", NIGHTLY, ids=lambda task: task.name)
def test_a_night_has_one_run(app, count_rows, task):
    task()
    once = count_rows(AuditRun)
    task()

    assert count_rows(AuditRun) == once > 0
