"""Filters for column types that Flask-Admin does not know: instants in UTC, and enums stored by value."""

from datetime import UTC, datetime
from typing import Any

from flask_admin.contrib.sqla.filters import BaseSQLAFilter, FilterConverter, FilterEqual, FilterNotEqual
from flask_admin.model import filters
from sqlalchemy.orm import Query

DAY = "%Y-%m-%d"


class _InstantFilter(BaseSQLAFilter):
    """Compares an instant with the beginning of a day in UTC."""

    def __init__(self, column: Any, name: str, options: Any = None) -> None:
        super().__init__(column, name, options, data_type="datepicker")

    def clean(self, value: str) -> datetime:
        return datetime.strptime(value, DAY).replace(tzinfo=UTC)


class FromDay(_InstantFilter):
    """At the beginning of a day or later."""

    def apply(self, query: Query[Any], value: datetime, alias: Any = None) -> Query[Any]:
        return query.filter(self.get_column(alias) >= value)

    def operation(self) -> str:
        return "from"


class BeforeDay(_InstantFilter):
    """Before the beginning of a day."""

    def apply(self, query: Query[Any], value: datetime, alias: Any = None) -> Query[Any]:
        return query.filter(self.get_column(alias) < value)

    def operation(self) -> str:
        return "before"


class _EnumFilter:
    """Offers an enum's values; one that it does not have matches nothing and is refused by the form."""

    column: Any

    def clean(self, value: str) -> Any:
        return self.column.type.enum_class(value)


class IsOneOf(_EnumFilter, FilterEqual):
    """Has the value."""


class IsNotOneOf(_EnumFilter, FilterNotEqual):
    """Has another value."""


class StaffFilterConverter(FilterConverter):
    """Picks the filters of a column by its type."""

    @filters.convert("UTCDateTime")
    def conv_instant(self, column: Any, name: str, **kwargs: Any) -> list[BaseSQLAFilter]:
        """Return the filters of an instant."""
        return [FromDay(column, name), BeforeDay(column, name)]

    @filters.convert("enum")
    def conv_enum(self, column: Any, name: str, options: Any = None, **kwargs: Any) -> list[BaseSQLAFilter]:
        """Return the filters of a status or another closed set of words."""
        words = [(member.value, member.value.replace("_", " ")) for member in column.type.enum_class]
        return [IsOneOf(column, name, words), IsNotOneOf(column, name, words)]
