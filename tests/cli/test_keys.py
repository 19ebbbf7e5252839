"""``flask keys``: stored secrets change over to a new key, and new keys fit the settings."""

import dataclasses

import pytest
from sqlalchemy import select, update

from airbnb.config import load_settings
from airbnb.domain import clock
from airbnb.domain.kinds import Provider, Role
from airbnb.domain.sealing import seal, sealing_prefix, unseal
from airbnb.extensions import Base
from airbnb.models.payouts import PayoutAccount
from airbnb.models.platform import AuditEntry
from airbnb.queries.sealed import SEALED_COLUMNS
from airbnb.services import key_rotation
from airbnb.services.payout_accounts import set_account
from airbnb.unit_of_work import in_transaction, reading

NEW = ("2027", "Vx3-fQ9_wZk1TqLr7bVn0cYh5mGdS2aE-another")


@pytest.fixture
def account(make_user):
    host = make_user(roles=(Role.HOST,))
    details = {"account": "1234567"}
    return in_transaction(
        lambda rows: set_account(
            rows, host.id, method=Provider.SANDBOX, currency="EUR", details=details, now=clock.now()
        )
    )


@pytest.fixture
def rotated(app, settings, monkeypatch):
    ring = (NEW, *settings.encryption_keys)
    monkeypatch.setitem(app.extensions, "airbnb_settings", dataclasses.replace(settings, encryption_keys=ring))
    return lambda: app.test_cli_runner().invoke(args=["keys", "rotate"])


def stored(account_id: int) -> PayoutAccount:
    with reading() as session:
        return session.get_one(PayoutAccount, account_id)


def test_everything_is_sealed_anew_and_reads_the_same(account, rotated):
    done = rotated()

    assert done.exit_code == 0, done.output
    after = stored(account.id)
    assert after.details_encrypted.startswith(sealing_prefix((NEW,)))
    assert unseal(after.details_encrypted, (NEW,)) == {"account": "1234567"}
    assert (after.version, after.updated_at) == (account.version, account.updated_at)
    assert "not needed any more: embedded" in done.output


def test_a_rotation_is_written_to_the_audit_log(account, rotated):
    rotated()

    with reading() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor_id) == ("rotate_encryption_keys", None)
    assert entry.after == {"kid": "2027", "resealed": 1, "unreadable": 0}


def test_a_second_rotation_has_nothing_to_do(account, rotated):
    rotated()
    before = stored(account.id).details_encrypted

    assert "0 sealed anew" in rotated().output
    assert stored(account.id).details_encrypted == before


def test_rotation_goes_on_over_several_batches(app, make_user, rotated, monkeypatch):
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    old = app.extensions["airbnb_settings"].encryption_keys[1:]
    hosts = [make_user() for _ in range(5)]
    for host in hosts:
        row = {"method": Provider.SANDBOX, "currency": "EUR", "masked": "", "details_encrypted": seal({"n": 1}, old)}
        in_transaction(lambda rows, host=host, row=row: rows.add(PayoutAccount(user_id=host.id, **row)))

    assert "5 sealed anew" in rotated().output


def test_a_text_that_no_key_opens_is_named_and_left(account, rotated):
    spoilt = update(PayoutAccount).values(details_encrypted="lost.text")
    in_transaction(lambda rows: rows.execute(spoilt))

    done = rotated()

    assert done.exit_code == 1
    assert f"no key opens row {account.id}" in done.output
    assert stored(account.id).details_encrypted == "lost.text"


def test_new_keys_fit_the_settings_and_keep_what_the_embedded_one_made(app, settings, tmp_path):
    printed = app.test_cli_runner().invoke(args=["keys", "new"]).output
    entries = {line.split(":")[0]: line.split(" ")[2] for line in printed.splitlines()}

    environ = {"INSTANCE_PATH": str(tmp_path), "SECRET_KEY": settings.secret_key}
    read = load_settings({**environ, **{name: f"{entry},embedded" for name, entry in entries.items()}})

    assert read.jwt_keys[1:] == settings.jwt_keys
    assert read.encryption_keys[1:] == settings.encryption_keys
    assert read.jwt_keys[0][1] != read.encryption_keys[0][1]


def test_every_encrypted_column_is_rotated():
    named = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_encrypted")
    }

    assert named == {(column.class_.__tablename__, column.key) for column in SEALED_COLUMNS}
