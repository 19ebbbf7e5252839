"""Cells of CSV files: texts that a spreadsheet would run as a formula are marked, and can be read back as they were.

Source: docs/rules/csv-files.md; RFC 4180.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

#: Put in front of a text that would be taken for a formula, or that begins with it.
MARK = "'"
#: What a formula, or a command to another program, begins with.
TRIGGERS = frozenset("=+-@\t\r\n")

#: Tells spreadsheets that the file is UTF-8.
BYTE_ORDER_MARK = "\ufeff"
#: Characters that are sent at once.
PIECE = 16_384

Cell = str | int | float | Decimal | date | bool | None


def written_cell(value: Cell) -> str:
    """Return a value as it stands in a file.

    Numbers, dates and truth values are ours and stand as they are; texts come from people and are marked where a
    spreadsheet would run them. None is the empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return f"{MARK}{value}" if _is_risky(value) else value


def csv_pieces(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield a file of rows under a header of column names in pieces, so that it is never whole in memory."""
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


def read_text(cell: str) -> str:
    """Return the text that a cell was written from: what ``written_cell`` did, undone."""
    return cell.removeprefix(MARK)


def _is_risky(text: str) -> bool:
    """Whether a program may take a text for a formula, or a reader its first letter for our mark.

    Programs look past blanks and letters without a shape, and read full-width letters as plain ones.
    """
    for letter in text:
        if letter == MARK or unicodedata.normalize("NFKC", letter)[0] in TRIGGERS:
            return True
        if not (letter.isspace() or unicodedata.category(letter) in ("Cf", "Cc")):
            return False
    return False
