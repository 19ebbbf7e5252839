"""``flask verify``: every invariant at once, recomputed from the rows alone."""

import click
from flask.cli import with_appcontext

from airbnb.cli.bookings import now_option, set_clock
from airbnb.workflows.audits import AUDITS, run_audit


@click.command("verify", help="Prove every invariant: money, nights, receipts, search, histories, waiting work, files.")
@now_option
@with_appcontext
def verify(instant: str | None) -> None:
    """Run every audit, keep and print what each found, and fail if any found a fault."""
    set_clock(instant)
    found = {name: run_audit(name) for name in AUDITS}
    for name, faults in found.items():
        click.echo(f"{name}: {f'{len(faults)} faults' if faults else 'as it should be'}")
        for fault in faults:
            click.echo(f"  {fault}", err=True)
    if any(found.values()):
        raise SystemExit(1)
