"""``flask backup``: saving everything while others work, and bringing it back on an empty machine."""

import time
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup
from flask_migrate import upgrade

from airbnb.cli.search import rebuild_with_progress
from airbnb.domain import clock
from airbnb.integrations.dumps import DumpFailed
from airbnb.workflows.audits import AUDITS, run_audit
from airbnb.workflows.backups import BackupError, make_backup, restore_backup

backup_group = AppGroup("backup", help="Save everything, and bring it back.")


@backup_group.command("create")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def create(folder: Path) -> None:
    """Save the database and the files into a new folder inside FOLDER; others go on working."""
    began = time.monotonic()
    try:
        made = make_backup(folder)
    except (BackupError, DumpFailed) as error:
        raise click.ClickException(str(error)) from error
    size = sum(path.stat().st_size for path in made.iterdir())
    click.echo(f"{made}: {size / 1e6:.1f} MB in {time.monotonic() - began:.1f} s")


@backup_group.command("restore")
@click.argument("backup", type=click.Path(exists=True, file_okay=False, path_type=Path))
def restore(backup: Path) -> None:
    """Load BACKUP into an empty database and file store, bring it up to date, and prove every invariant."""
    began = time.monotonic()
    try:
        made_at = restore_backup(backup)
    except (BackupError, DumpFailed) as error:
        raise click.ClickException(str(error)) from error
    upgrade()
    # What search reads holds addresses of the installation that it was made in.
    rebuild_with_progress()
    click.echo(f"Loaded in {time.monotonic() - began:.1f} s; checking it as of {made_at:%Y-%m-%d %H:%M:%S} UTC")
    _prove(made_at)
    click.echo(f"Restored and proved in {time.monotonic() - began:.1f} s")


def _prove(made_at: datetime) -> None:
    """Run every audit as of the instant of the backup: what fell due since then is the workers' next work, no fault."""
    clock.set_source(clock.fixed(made_at))
    try:
        found = {name: faults for name in AUDITS if (faults := run_audit(name))}
    finally:
        clock.set_source(None)
    for name, faults in found.items():
        click.echo(f"{name}: {len(faults)} faults, such as: {faults[0]}", err=True)
    if found:
        raise SystemExit(1)
