"""Calls to payment providers that nobody waits for: unknown outcomes, webhooks, payouts, the nightly audit."""

from celery import shared_task

from airbnb.domain import clock
from airbnb.tasks.jobs import once_per_period
from airbnb.workflows import approvals, payouts, timers
from airbnb.workflows.audits import run_audit
from airbnb.workflows.reconciliation import reconcile
from airbnb.workflows.sandbox import deliver_webhooks
from airbnb.workflows.webhooks import handle_event


@shared_task(name="payments.resolve_unknown")
@once_per_period("payments-resolve")
def resolve_unknown() -> int:
    """Ask the providers about calls whose outcome is not known."""
    return timers.resolve_unsettled(clock.now())


@shared_task(name="payments.handle_webhook")
def handle_webhook(event_id: int) -> None:
    """Bring what a provider reported up to date. Idempotent."""
    handle_event(event_id)


@shared_task(name="payments.deliver_sandbox_webhooks")
@once_per_period("sandbox-webhooks")
def deliver_sandbox_webhooks() -> int:
    """Let the sandbox provider report to us; nothing happens where it is not set up."""
    return deliver_webhooks()


@shared_task(name="payouts.run")
@once_per_period("payouts-run")
def run_payouts() -> int:
    """Send hosts what is due."""
    return payouts.run_payouts(clock.now())


@shared_task(name="approvals.expire")
@once_per_period("approvals-expire")
def expire_approvals() -> int:
    """Let proposals of staff lapse that nobody decided in time."""
    return approvals.expire_lapsed(clock.now())


@shared_task(name="ledger.audit")
@once_per_period("ledger-audit")
def audit_ledger() -> int:
    """Compare the book with payments, refunds and payouts, and raise the alarm over what it can't explain."""
    return len(run_audit("ledger"))


@shared_task(name="payments.reconcile")
@once_per_period("payments-reconcile")
def reconcile_providers() -> int:
    """Compare what providers say moved with our book, and raise the alarm over what differs."""
    reconcile(clock.now())
    return len(run_audit("providers"))


@shared_task(name="documents.audit")
@once_per_period("documents-audit")
def audit_documents() -> int:
    """Look for gaps in the numbers of receipts and credit notes, and for money that they don't tell of."""
    return len(run_audit("documents"))
