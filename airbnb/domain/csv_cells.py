"""Cells of CSV files: texts that a spreadsheet would run as a formula are marked, and can be read back as they were.

Source: docs/rules/csv-files.md.
"""

import unicodedata
from datetime import date, datetime
from decimal import Decimal

#: Put in front of a text that would be taken for a formula, or that begins with it.
MARK = "'"
#: What a formula, or a command to another program, begins with.
TRIGGERS = frozenset("=+-@\t\r\n")

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
