"""Setting receipts and credit notes on pages of A4, with fonts of our own for every script that people write in."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fontTools.ttLib import TTFont
from fpdf import FPDF, FontFace, XPos, YPos
from fpdf.enums import TableBordersLayout, TableCellFillMode, VAlign
from fpdf.table import Table

from airbnb.domain.documents import Sheet, SheetLine

FONTS = Path(__file__).parents[2] / "data" / "fonts"
REGULAR, BOLD, EAST_ASIAN = "FiraGO-Regular.ttf", "FiraGO-Bold.ttf", "WenQuanYiMicroHei.ttf"
MARGIN_MM = 20
COLUMN_GAP_MM = 8
INK, GREY, RULE = (33, 37, 41), (108, 117, 125), (206, 212, 218)


class Style(NamedTuple):
    """How a paragraph is set; ``size`` in points."""

    size: float
    colour: tuple[int, int, int] = INK
    is_bold: bool = False


SMALL, BODY = Style(8.5, GREY), Style(10.5)
NAME, TITLE = Style(15, is_bold=True), Style(19, is_bold=True)
#: Of the table of amounts, in parts of its width: text, quantity, unit, amount.
COLUMN_WIDTHS = (52, 10, 19, 19)


class Pages(FPDF):
    """A4 pages that say at their foot what they belong to."""

    footer_text = ""

    def footer(self) -> None:
        """Write the foot of a page; called by the library."""
        self.set_y(-15)
        self.set_font("text", size=8)
        self.set_text_color(*GREY)
        self.cell(0, 5, f"{self.footer_text} · {self.page_no()}", align="C")


def draw_sheets(sheets: Sequence[Sheet]) -> bytes:
    """Return a PDF of all documents, each on a page of its own; the same sheets give the same bytes.

    Needs: at least one sheet. Texts are set as they are: nothing in them is taken for markup.
    """
    pages = Pages(format="A4")
    pages.alias_nb_pages("")  # else "{nb}" in a name would be taken for the number of pages
    # The moment that the file says it was made at is the last document's own, so that nothing in it moves.
    pages.set_creation_date(max(sheet.issued_at for sheet in sheets))
    pages.set_margin(MARGIN_MM)
    pages.set_auto_page_break(True, margin=MARGIN_MM + 2)
    pages.set_title(f"{sheets[0].title} {sheets[0].number}")
    pages.set_author(sheets[0].issuer[0])
    _add_fonts(pages, sheets)
    for sheet in sheets:
        pages.add_page()  # ends the page before it, whose foot is still that of its own document
        pages.footer_text = sheet.footer
        _draw(pages, sheet)
    return bytes(pages.output())


def _add_fonts(pages: Pages, sheets: Sequence[Sheet]) -> None:
    pages.add_font("text", fname=FONTS / REGULAR)
    pages.add_font("text", style="B", fname=FONTS / BOLD)
    used = {ord(letter) for sheet in sheets for text in _texts(sheet) for letter in text}
    if not used <= _letters_of(REGULAR):
        # The large font is read only for those who need it.
        pages.add_font("east-asian", fname=FONTS / EAST_ASIAN)
        pages.set_fallback_fonts(["east-asian"], exact_match=False)
    pages.set_text_shaping(True)


@cache
def _letters_of(font: str) -> frozenset[int]:
    with TTFont(FONTS / font) as opened:
        return frozenset(opened.getBestCmap())


def _texts(sheet: Sheet) -> Iterable[str]:
    yield from (sheet.title, sheet.number, *sheet.issuer, sheet.issued, *sheet.columns, *sheet.notes, sheet.footer)
    for heading, lines in sheet.parties:
        yield from (heading, *lines)
    for fact in sheet.facts:
        yield from fact
    for line in sheet.lines:
        yield from (line.text, line.quantity, line.unit, line.amount)


def _draw(pages: Pages, sheet: Sheet) -> None:
    _draw_head(pages, sheet)
    _draw_parties(pages, sheet)
    _draw_facts(pages, sheet)
    _draw_amounts(pages, sheet)
    for note in sheet.notes:
        pages.ln(2)
        _write(pages, note, SMALL)


def _draw_head(pages: Pages, sheet: Sheet) -> None:
    _write(pages, sheet.issuer[0], NAME, height=7)
    for line in sheet.issuer[1:]:
        _write(pages, line, SMALL, height=4.2)
    pages.ln(8)
    _write(pages, f"{sheet.title} {sheet.number}", TITLE, height=9)
    _write(pages, sheet.issued, SMALL)
    pages.ln(5)


def _draw_parties(pages: Pages, sheet: Sheet) -> None:
    """Set the parties side by side; a long name makes its own column longer, never another's."""
    width = (pages.epw - COLUMN_GAP_MM * (len(sheet.parties) - 1)) / len(sheet.parties)
    top, bottom = pages.get_y(), pages.get_y()
    for place, (heading, lines) in enumerate(sheet.parties):
        left = pages.l_margin + place * (width + COLUMN_GAP_MM)
        pages.set_xy(left, top)
        _write(pages, heading, SMALL, width=width, left=left)
        for line in lines:
            _write(pages, line, BODY, width=width, left=left)
        bottom = max(bottom, pages.get_y())
    pages.set_xy(pages.l_margin, bottom + 5)


def _draw_facts(pages: Pages, sheet: Sheet) -> None:
    pages.set_draw_color(*RULE)
    pages.line(pages.l_margin, pages.get_y(), pages.w - pages.r_margin, pages.get_y())
    pages.ln(3)
    pages.set_font("text", size=10)
    heading = FontFace(color=GREY)
    with pages.table(
        borders_layout=TableBordersLayout.NONE,
        col_widths=(28, 72),
        first_row_as_headings=False,
        line_height=5.5,
        padding=(0.4, 0),
        v_align=VAlign.T,
        text_align=("LEFT", "LEFT"),
    ) as table:
        for name, text in sheet.facts:
            row = table.row()
            row.cell(name, style=heading)
            row.cell(text)
    pages.ln(5)


def _draw_amounts(pages: Pages, sheet: Sheet) -> None:
    pages.set_font("text", size=10)
    pages.set_draw_color(*RULE)
    with pages.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        cell_fill_mode=TableCellFillMode.NONE,
        col_widths=COLUMN_WIDTHS,
        headings_style=FontFace(emphasis="", color=GREY, size_pt=8.5),
        line_height=5.2,
        padding=(1.2, 0),
        v_align=VAlign.T,
        text_align=("LEFT", "RIGHT", "RIGHT", "RIGHT"),
    ) as table:
        head = table.row()
        for column in sheet.columns:
            head.cell(column)
        for line in sheet.lines:
            _draw_line(table, line)


def _draw_line(table: Table, line: SheetLine) -> None:
    style = FontFace(emphasis="B") if line.is_total else None
    row = table.row()
    for text in (line.text, line.quantity, line.unit, line.amount):
        row.cell(text, style=style)


def _write(
    pages: Pages, text: str, style: Style, *, width: float = 0, left: float | None = None, height: float = 5.5
) -> None:
    """Write one paragraph, wrapped within ``width`` millimetres, and go to the line below it."""
    pages.set_font("text", style="B" if style.is_bold else "", size=style.size)
    pages.set_text_color(*style.colour)
    pages.multi_cell(width, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pages.set_text_color(*INK)
    if left is not None:
        pages.set_x(left)
