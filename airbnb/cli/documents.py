"""``flask documents``: checking receipts and credit notes, and making up for those that are missing."""

import click
from flask.cli import AppGroup

from airbnb.domain import clock
from airbnb.workflows.audits import run_audit
from airbnb.workflows.documents import issue_missing

documents_group = AppGroup("documents", help="Receipts and credit notes.")


@documents_group.command("audit")
def audit() -> None:
    """Prove that the numbers have no gap, and that the documents tell of all money captured and refunded."""
    faults = run_audit("documents")
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise SystemExit(1)
    click.echo("The numbers have no gap, and every payment and refund has its document.")


@documents_group.command("issue-missing")
def issue() -> None:
    """Issue the documents of money that moved before there were any."""
    click.echo(f"{issue_missing(clock.now())} documents issued")
