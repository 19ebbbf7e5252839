"""``flask keys``: making keys, and sealing stored secrets anew after a change of keys."""

import secrets
from functools import partial

import click
from flask.cli import AppGroup

from airbnb.domain import clock
from airbnb.domain.causes import by_system
from airbnb.domain.sealing import Keyring
from airbnb.extensions import current_settings
from airbnb.queries.sealed import SEALED_COLUMNS, SealedColumn
from airbnb.services.key_rotation import record_rotation, reseal_batch
from airbnb.unit_of_work import in_transaction

KEY_BYTES = 48

keys_group = AppGroup("keys", help="Make keys, and change over to them.")


@keys_group.command("new")
def new() -> None:
    """Print JWT_KEYS and ENCRYPTION_KEYS with a new key in front of those in use, which are left out.

    Nothing changes until the settings say so.
    """
    settings = current_settings()
    kid = f"{clock.now():%Y%m%d}-{secrets.token_hex(2)}"
    for name, ring in (("JWT_KEYS", settings.jwt_keys), ("ENCRYPTION_KEYS", settings.encryption_keys)):
        entry = f"{kid}:{secrets.token_urlsafe(KEY_BYTES)}"
        click.echo(f"{name}: put {entry} in front of: {', '.join(kid for kid, _ in ring)}")


@keys_group.command("rotate")
def rotate() -> None:
    """Seal everything that is stored encrypted with the first of ENCRYPTION_KEYS.

    Safe to stop and repeat. Exits with 1 when a text can't be opened by any key.
    """
    ring = current_settings().encryption_keys
    done, lost = 0, 0
    for column in SEALED_COLUMNS:
        resealed, unreadable = _reseal(column, ring)
        place = f"{column.class_.__tablename__}.{column.key}"
        click.echo(f"{place}: {resealed} sealed anew with {ring[0][0]}.")
        for row_id in unreadable:
            click.echo(f"{place}: no key opens row {row_id}.", err=True)
        done, lost = done + resealed, lost + len(unreadable)
    cause = by_system(now=clock.now())
    in_transaction(lambda rows: record_rotation(rows, keys=ring, resealed=done, unreadable=lost, cause=cause))
    if lost:
        raise SystemExit(1)
    if len(ring) > 1:
        click.echo(f"These keys are not needed any more: {', '.join(kid for kid, _ in ring[1:])}.")


def _reseal(column: SealedColumn, ring: Keyring) -> tuple[int, list[int]]:
    resealed: int = 0
    unreadable: list[int] = []
    after_id: int | None = 0
    while after_id is not None:
        batch = in_transaction(partial(reseal_batch, column=column, keys=ring, after_id=after_id))
        resealed += batch.resealed
        unreadable += batch.unreadable
        after_id = batch.after_id
    return resealed, unreadable
