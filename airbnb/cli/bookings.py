"""``flask bookings``, ``payouts``, ``ledger`` and ``calendar``: running and checking the machinery by hand."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from airbnb.domain import clock
from airbnb.extensions import current_settings
from airbnb.queries.ledger import find_faults
from airbnb.queries.night_audit import find_night_faults
from airbnb.unit_of_work import reading
from airbnb.workflows import payouts, timers
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
    with reading() as session:
        faults = find_faults(session)
    for fault in faults:
        click.echo(f"{fault.what}: {fault.subject} is {fault.booked_minor}, should be {fault.expected_minor}", err=True)
    if faults:
        raise SystemExit(1)
    click.echo("The ledger balances and explains everything.")


@calendar_group.command("audit")
def audit_calendar() -> None:
    """Prove that the taken nights are exactly those of live bookings, blocks, feeds and preparation."""
    with reading() as session:
        faults = find_night_faults(session)
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise SystemExit(1)
    click.echo("Every booked night belongs to a live booking, and every live booking has its nights.")


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
