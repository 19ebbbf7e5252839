"""Column types and mixins that every model shares."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, Enum, String, TypeDecorator
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from airbnb.domain import clock
from airbnb.domain.ids import new_id


class UTCDateTime(TypeDecorator[datetime]):
    """An instant in UTC with microseconds; refuses naive values, answers aware ones."""

    impl = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def enum_column(values: type[StrEnum], *, name: str, length: int = 24, checked: bool = True) -> Enum:
    """Return a short string column type with a CHECK named ``name`` that allows just the enum's values.

    Columns that an older table got later are not ``checked``: SQLite would have to write the whole table anew.
    """
    return Enum(
        values,
        native_enum=False,
        create_constraint=checked,
        length=length,
        name=name,
        values_callable=lambda members: [member.value for member in members],
        validate_strings=True,
    )


def ascii_string(length: int) -> String:
    """Return a string type for keys and codes: one byte a character, compared by byte."""
    return String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


class IdMixin:
    """A primary key made by the application."""

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, default=new_id, sort_order=-1)


class TimestampMixin:
    """When a row was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)


class VersionMixin:
    """A version that ETags name and that every update through the ORM checks: a lost update raises StaleDataError."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}
