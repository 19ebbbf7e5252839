"""``flask bookings``, ``payouts``, ``ledger`` and ``calendar``: running and checking the machinery by hand."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from airbnb.domain import clock
from airbnb.extensions import current_settings
from airbnb.workflows import payouts, timers
from airbnb.workflows.audits import run_audit
from airbnb.workflows.sandbox import deliver_webhooks

bookings_group = AppGroup("bookings", help="Timers of bookings.")
payouts_group = AppGroup("payouts", help="Money to hosts.")
ledger_group = AppGroup("ledger", help="The double-entry book.")
calendar_group = AppGroup("calendar", help="Taken nights.")

now_option = click.option("--now", "instant", metavar="INSTANT", help="Act as if it were this instant (ISO 8601).")


@bookings_group.command("sweep")
@now_option
def sweep(instant: str | None) -> None:
    """Expire lapsed holds and requests, complete finished stays, settle calls whose outcome is not known."""
    now = set_clock(instant)
    deliver_webhooks()
    resolved = timers.resolve_unsettled(now)
    expired, completed = timers.expire_lapsed(now), timers.complete_finished(now)
    click.echo(f"{expired} expired, {completed} completed, {resolved} calls looked up")


@payouts_group.command("run")
@now_option
def run(instant: str | None) -> None:
    """Send hosts what is due."""
    click.echo(f"{payouts.run_payouts(set_clock(instant))} payouts sent")


@ledger_group.command("audit")
def audit_ledger() -> None:
    """Prove that the book balances and explains every booking, payment, refund and payout."""
    _report("ledger", "The ledger balances and explains everything.")


@calendar_group.command("audit")
def audit_calendar() -> None:
    """Prove that the taken nights are exactly those of live bookings, blocks, feeds and preparation, in search too."""
    _report("calendar", "Every taken night has its reason, every stay has its nights, and search knows them.")


def _report(name: str, all_well: str) -> None:
    """Run an audit and print what it found; a fault is a failure."""
    faults = run_audit(name)
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise SystemExit(1)
    click.echo(all_well)


def set_clock(instant: str | None) -> datetime:
    """Return the instant to act at, and make it the process's time. Raises: UsageError in production."""
    if instant is None:
        return clock.now()
    if current_settings().is_production:
        raise click.UsageError("--now is for trying out, not for production.")
    try:
        read = datetime.fromisoformat(instant)
    except ValueError as error:
        raise click.UsageError(f"{instant!r} is no instant such as 2027-04-09T12:00:00Z.") from error
    now = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    clock.set_source(clock.fixed(now))
    return now
