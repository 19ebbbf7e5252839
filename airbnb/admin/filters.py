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


class IsOpen(BaseSQLAFilter):
    """Whether a row still waits: an instant in it is filled when somebody has dealt with it."""

    def __init__(self, column: Any, name: str = "State") -> None:
        super().__init__(column, name, options=[("open", "open"), ("done", "done")])

    def apply(self, query: Query[Any], value: str, alias: Any = None) -> Query[Any]:
        column = self.get_column(alias)
        return query.filter(column.is_(None) if value == "open" else column.is_not(None))

    def operation(self) -> str:
        return "equals"


class HasHealth(BaseSQLAFilter):
    """How fetching a feed goes, in the words that its host sees."""

    def __init__(self, error: Any, last_success_at: Any, name: str = "Health") -> None:
        super().__init__(error, name, options=[(word, word) for word in ("ok", "failing", "waiting")])
        self.last_success_at = last_success_at

    def apply(self, query: Query[Any], value: str, alias: Any = None) -> Query[Any]:
        error = self.get_column(alias)
        if value == "failing":
            return query.filter(error.is_not(None))
        succeeded = self.last_success_at.is_not(None) if value == "ok" else self.last_success_at.is_(None)
        return query.filter(error.is_(None), succeeded)

    def operation(self) -> str:
        return "equals"


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
