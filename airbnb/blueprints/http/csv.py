"""Answers that are CSV files: written a row at a time, so that none is ever whole in memory.

Source: docs/rules/csv-files.md; RFC 4180.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from flask import Response, stream_with_context

from airbnb.domain.csv_cells import Cell, csv_pieces

CONTENT_TYPE = "text/csv; charset=utf-8"


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Return a file of rows under a header of column names.

    The first row is read at once, so that what goes wrong there is answered as an error and not as a broken file.
    """
    source = iter(rows)
    first = list(_first_of(source))
    response = Response(stream_with_context(csv_pieces(header, chain(first, source))), content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _first_of(rows: Iterator[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    for row in rows:
        yield row
        return
