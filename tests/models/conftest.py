"""A database with all tables, made once; every test's writes are rolled back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

import airbnb.models  # noqa: F401 - completes the metadata
from airbnb.extensions import Base
from tests.models.databases import empty_database


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with empty_database(tmp_path_factory.mktemp("schema")) as engine:
        Base.metadata.create_all(engine)
        yield engine


@pytest.fixture
def rows_session(schema: Engine) -> Iterator[Session]:
    with schema.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        transaction.rollback()
