"""Filters of lists: one question a field, each answered by an index, so that no list reads a big table through."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from flask_admin.model import filters
from sqlalchemy import BigInteger, Select

from airbnb.admin.lists import order_behind
from airbnb.domain.ids import MAX_ID, first_id_at

DAY = "%Y-%m-%d"
#: How far an id may be from the instant that its row says it was made at: processes' clocks differ.
SLACK = timedelta(days=1)
YES_NO = [("1", "yes"), ("0", "no")]


class StaffFilter(BaseSQLAFilter):
    """One condition on a column of the view's own table."""

    def apply(self, query: Select[Any], value: Any, alias: Any = None) -> Select[Any]:
        return query.where(self.condition(self.get_column(alias), value))

    def condition(self, column: Any, value: Any) -> Any:
        """Return what rows must fulfil."""
        return column == value

    def order(self) -> Sequence[Any]:
        """Return the columns in whose order an index brings what is asked for; none where that is the key's."""
        return ()

    def operation(self) -> str:
        return "equals"


class _WordFilter(StaffFilter):
    """Asks for one of few words, which any number of rows may have."""

    def order(self) -> Sequence[Any]:
        return order_behind(self.column) or ()


class IsText(_WordFilter):
    """Has exactly this text."""

    def clean(self, value: str) -> str:
        return value.strip()


class IsNumber(StaffFilter):
    """Has exactly this number, such as another row's id."""

    def __init__(self, column: Any, name: str, options: Any = None) -> None:
        super().__init__(column, name, options, data_type="number")

    def clean(self, value: str) -> int:
        number = int(value)
        if not -MAX_ID <= number <= MAX_ID:
            raise ValueError("no database holds this number")
        return number


class IsYes(_WordFilter):
    """Says yes, or no."""

    def __init__(self, column: Any, name: str, options: Any = None) -> None:
        super().__init__(column, name, options=YES_NO)

    def clean(self, value: str) -> bool:
        if value not in ("0", "1"):
            raise ValueError("neither yes nor no")
        return value == "1"


class IsOneOf(_WordFilter):
    """Has one of an enum's values; a word that it does not have is refused."""

    def clean(self, value: str) -> Any:
        return self.column.type.enum_class(value)


class IsEmpty(StaffFilter):
    """Whether a column is filled."""

    def __init__(self, column: Any, name: str, options: Any = None) -> None:
        super().__init__(column, name, options=[("yes", "yes"), ("no", "no")])

    def condition(self, column: Any, value: str) -> Any:
        return column.is_not(None) if value == "yes" else column.is_(None)

    def operation(self) -> str:
        return "is filled"


class _DayFilter(StaffFilter):
    """Compares with a day, or with its beginning in UTC."""

    def __init__(self, column: Any, name: str, options: Any = None) -> None:
        super().__init__(column, name, options, data_type="date")

    def order(self) -> Sequence[Any]:
        return () if _id_of_making(self.column) is not None else (self.column,)

    def clean(self, value: str) -> date:
        day = datetime.strptime(value, DAY).replace(tzinfo=UTC)
        return day if self.column.type.python_type is datetime else day.date()


class FromDay(_DayFilter):
    """On a day or later."""

    def condition(self, column: Any, value: Any) -> Any:
        made = _id_of_making(column)
        return column >= value if made is None else (column >= value) & (made >= first_id_at(value - SLACK))

    def operation(self) -> str:
        return "from"


class BeforeDay(_DayFilter):
    """Before a day."""

    def condition(self, column: Any, value: Any) -> Any:
        made = _id_of_making(column)
        return column < value if made is None else (column < value) & (made < first_id_at(value + SLACK))

    def operation(self) -> str:
        return "before"


def _id_of_making(column: Any) -> Any:
    """Return the id that rises with the instant in ``column``; None when the column is no instant of making.

    Such a column needs no index of its own: ids are made in order of time.
    """
    table = column.table
    key = list(table.primary_key.columns)
    is_ours = len(key) == 1 and key[0].name == "id" and isinstance(key[0].type, BigInteger)
    return key[0] if is_ours and column.name in MADE_AT else None


#: What models call the instant at which a row was made.
MADE_AT = ("created_at", "at", "started_at")


class IsOpen(StaffFilter):
    """Whether a row still waits: an instant in it is filled when somebody has dealt with it."""

    def __init__(self, column: Any, name: str = "State") -> None:
        super().__init__(column, name, options=[("open", "open"), ("done", "done")])

    def condition(self, column: Any, value: str) -> Any:
        return column.is_(None) if value == "open" else column.is_not(None)


class HasHealth(StaffFilter):
    """How fetching a feed goes, in the words that its host sees."""

    def __init__(self, error: Any, last_success_at: Any, name: str = "Health") -> None:
        super().__init__(error, name, options=[(word, word) for word in ("ok", "failing", "waiting")])
        self.last_success_at = last_success_at

    def condition(self, column: Any, value: str) -> Any:
        if value == "failing":
            return column.is_not(None)
        succeeded = self.last_success_at.is_not(None) if value == "ok" else self.last_success_at.is_(None)
        return column.is_(None) & succeeded


class StaffFilterConverter(filters.BaseFilterConverter):
    """Picks the filters of a column by its type."""

    def convert(self, type_name: str, column: Any, name: str, **kwargs: Any) -> list[BaseSQLAFilter] | None:
        """Return the filters of a column; None for a type that nothing can be asked about."""
        found = self.converters.get(type_name.lower())
        return found(column, name) if found else None

    @filters.convert("string")
    def conv_text(self, column: Any, name: str) -> list[BaseSQLAFilter]:
        """Return the filter of a word."""
        return [IsText(column, name)]

    @filters.convert("integer", "smallinteger", "biginteger")
    def conv_number(self, column: Any, name: str) -> list[BaseSQLAFilter]:
        """Return the filter of a number."""
        return [IsNumber(column, name)]

    @filters.convert("boolean")
    def conv_truth(self, column: Any, name: str) -> list[BaseSQLAFilter]:
        """Return the filter of a yes or no."""
        return [IsYes(column, name)]

    @filters.convert("utcdatetime", "date")
    def conv_instant(self, column: Any, name: str) -> list[BaseSQLAFilter]:
        """Return the filters of an instant or a day."""
        return [FromDay(column, name), BeforeDay(column, name)]

    @filters.convert("enum")
    def conv_enum(self, column: Any, name: str) -> list[BaseSQLAFilter]:
        """Return the filter of a status or another closed set of words."""
        words = [(member.value, member.value.replace("_", " ")) for member in column.type.enum_class]
        return [IsOneOf(column, name, words)]
