"""What stands in a cell of a CSV file, and how a text is read back."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airbnb.domain.csv_cells import read_text, written_cell

TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
LOOKED_PAST = ("", " ", "\u00a0", "\u200b", "\ufeff", "\u3000", "\u202e", " \t")


@pytest.mark.parametrize("before", LOOKED_PAST)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_case_52_a_text_that_a_spreadsheet_would_run_is_marked(trigger: str, before: str):
    text = f"{before}{trigger}cmd|' /C calc'!A0"

    assert written_cell(text) == f"'{text}"
    assert read_text(written_cell(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "Sunny flat", "a = b", "1+1", "Müller & Söhne", "🏡 by the sea", "5 - 3", "x@example.test", "<b>", "#1"],
)
def test_other_texts_stand_as_they_are(text: str):
    assert written_cell(text) == text


@pytest.mark.parametrize(
    "value, cell",
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-5, "-5"),
        (Decimal("120.00"), "120.00"),
        (1.5, "1.5"),
        (date(2026, 5, 10), "2026-05-10"),
        (datetime(2026, 5, 1, 12, tzinfo=UTC), "2026-05-01T12:00:00Z"),
        ("'s Graven", "''s Graven"),
    ],
)
def test_values_of_ours_are_not_marked(value: object, cell: str):
    assert written_cell(value) == cell


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")), min_size=1, max_size=4))
@example(["'", "''=", "'=1", "=", ""])
def test_case_52_every_text_comes_back_through_a_file(texts: list[str]):
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([written_cell(text) for text in texts])
    file.seek(0)

    assert [read_text(cell) for cell in next(csv.reader(file))] == texts
