"""``flask prepare`` may run before every start."""

from flask import Flask
from sqlalchemy import text

from airbnb.extensions import db
from tests.architecture.guards import ROOT


def test_preparing_an_installation_that_is_up_to_date_changes_nothing(migrated_app: Flask):
    done = migrated_app.test_cli_runner().invoke(args=["prepare"])

    assert done.exit_code == 0, done.output
    with db.engine.connect() as connection:
        versions = list(connection.scalars(text("SELECT version_num FROM alembic_version")))
    assert versions == [(ROOT / "migrations" / "HEAD").read_text().strip()]
