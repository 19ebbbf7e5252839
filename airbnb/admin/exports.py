"""Lists as files: every row that a list would page through, sent as it is read, with nothing that runs as a formula.

Source: docs/rules/csv-files.md.
"""

from collections.abc import Iterator
from typing import Any

from flask import Response, stream_with_context
from markupsafe import Markup
from sqlalchemy import Select

from airbnb.admin import lists
from airbnb.admin.formats import EMPTY, Amount
from airbnb.domain.csv_cells import Cell, csv_pieces
from airbnb.unit_of_work import reading

ROWS_AT_ONCE = 500


def csv_answer(view: Any, statement: Select[Any], order: lists.Order) -> Response:
    """Return the rows of a statement in the columns of a view's list."""
    columns = list(view._list_columns)
    header = [cell for name, label in columns for cell in _header(view, name, str(label))]
    pieces = csv_pieces(header, _rows(view, statement, order, [name for name, _ in columns]))
    answer = Response(stream_with_context(pieces), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{view.stem}.csv"'
    return answer


def _rows(view: Any, statement: Select[Any], order: lists.Order, names: list[str]) -> Iterator[list[Cell]]:
    with reading() as session:
        for row in lists.fetch_all(session, statement, order, limit=ROWS_AT_ONCE):
            yield [cell for name in names for cell in _cells(view, row, name)]


def _header(view: Any, name: str, label: str) -> list[str]:
    return [label, f"{label} currency"] if isinstance(view.column_formatters.get(name), Amount) else [label]


def _cells(view: Any, row: Any, name: str) -> tuple[Cell, ...]:
    formatter = view.column_formatters.get(name)
    if isinstance(formatter, Amount):
        return formatter.cells(row)
    value = view.get_export_value(row, name)
    if value is None or value is EMPTY:
        return ("",)
    # Pages show markup; a file holds its text.
    return (value.striptags() if isinstance(value, Markup) else str(value),)
