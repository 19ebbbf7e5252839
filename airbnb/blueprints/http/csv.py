"""Answers that are CSV files: written a row at a time, so that none is ever whole in memory.

Source: docs/rules/csv-files.md; RFC 4180.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from flask import Response, stream_with_context

from airbnb.domain.csv_cells import Cell, written_cell

CONTENT_TYPE = "text/csv; charset=utf-8"
#: Tells spreadsheets that the file is UTF-8.
BYTE_ORDER_MARK = "\ufeff"
#: Characters that are sent at once.
PIECE = 16_384


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Return a file of rows under a header of column names.

    The first row is read at once, so that what goes wrong there is answered as an error and not as a broken file.
    """
    source = iter(rows)
    first = list(_first_of(source))
    response = Response(stream_with_context(_pieces(header, chain(first, source))), content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _first_of(rows: Iterator[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    for row in rows:
        yield row
        return


def _pieces(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    buffer = io.StringIO(BYTE_ORDER_MARK)
    buffer.seek(0, io.SEEK_END)
    # Every cell is quoted: a spreadsheet that splits at ";" finds no new cell inside a text.
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([written_cell(value) for value in row])
        if buffer.tell() >= PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
