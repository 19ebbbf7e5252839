"""Documents on pages: every script is embedded, what users wrote is only text, and nothing falls off the paper."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from airbnb.domain.documents import Sheet, SheetLine
from airbnb.integrations.pdf import draw_sheets

SHEET = Sheet(
    title="Receipt",
    number="00000012",
    issuer=["Stays Ltd", "1 Example Street"],
    issued_at=datetime(2027, 3, 20, 12, tzinfo=UTC),
    issued="Issued on March 20, 2027",
    parties=[("Guest", ["Grace Hopper"]), ("Host", ["Hugo"])],
    facts=[("Place", "A room with a view")],
    columns=("Description", "Quantity", "Unit price", "Amount"),
    lines=[
        SheetLine(text="Nights", quantity="4", unit="€100.00", amount="€400.00"),
        SheetLine(text="Total", amount="€400.00", is_total=True),
    ],
    footer="Stays Ltd · Receipt 00000012",
)


def read(*sheets):
    return PdfReader(io.BytesIO(draw_sheets(sheets)))


def text_of(*sheets):
    return "\n".join(page.extract_text() for page in read(*sheets).pages)


def fonts_of(reader):
    """Return the names of all fonts, each checked to be embedded."""
    names = set()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert "/FontFile2" in descendant["/FontDescriptor"].get_object()
            names.add(descendant["/BaseFont"].partition("+")[2])
    return names


def test_the_same_document_gives_the_same_bytes():
    assert draw_sheets([SHEET]) == draw_sheets([SHEET])
    assert draw_sheets([SHEET]) != draw_sheets([replace(SHEET, number="00000013")])


def test_everything_is_on_the_page():
    shown = text_of(SHEET)
    for text in ("Stays Ltd", "Receipt 00000012", "Grace Hopper", "Hugo", "A room with a view", "€400.00", "· 1"):
        assert text in shown


@pytest.mark.parametrize(
    "name, font",
    [
        ("Zoë Nguyễn", "FiraGO"),
        ("Ольга", "FiraGO"),
        ("Ψαρράς", "FiraGO"),
        ("გიორგი", "FiraGO"),
        ("王小明", "WenQuanYiMicroHei"),
        ("やまだ", "WenQuanYiMicroHei"),
        ("김철수", "WenQuanYiMicroHei"),
    ],
)
def test_names_are_written_in_their_own_script_with_an_embedded_font(name, font):
    reader = read(replace(SHEET, parties=[("Guest", [name])]))

    assert name in reader.pages[0].extract_text()
    assert font in fonts_of(reader)


@pytest.mark.parametrize("name", ["محمد", "שלום", "สมชาย", "प्रिया"])
def test_scripts_whose_letters_join_or_run_from_the_right_have_their_glyphs(name, caplog):
    assert fonts_of(read(replace(SHEET, parties=[("Guest", [name])]))) == {"FiraGO", "FiraGOBold"}
    assert "missing" not in caplog.text


def test_the_large_font_is_left_out_where_nobody_needs_it():
    assert fonts_of(read(SHEET)) == {"FiraGO", "FiraGOBold"}


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "**bold** __u__ --s--", "</text>) Tj (x", "{nb} \\n"])
def test_markup_is_only_text(name):
    reader = read(replace(SHEET, parties=[("Guest", [name])]))

    assert name in reader.pages[0].extract_text()
    assert not {"/Names", "/AA", "/AcroForm"} & set(reader.trailer["/Root"])
    assert "/Annots" not in reader.pages[0]


def test_long_words_wrap_within_the_margins():
    shown = text_of(replace(SHEET, facts=[("Place", "W" * 300)], parties=[("Guest", ["x" * 200]), ("Host", ["Hugo"])]))

    assert (shown.count("W"), shown.count("x")) == (300, 200 + text_of(SHEET).count("x"))
    assert max(len(line) for line in shown.splitlines()) < 90


def test_many_lines_go_on_to_further_pages_under_the_same_heading():
    reader = read(replace(SHEET, lines=SHEET.lines * 40))

    assert len(reader.pages) > 1
    assert all("Description" in page.extract_text() for page in reader.pages)


def test_each_document_has_pages_of_its_own():
    reader = read(SHEET, replace(SHEET, title="Credit note", number="00000013", footer="Stays Ltd · Credit note 13"))

    assert [("Credit note 00000013" in page.extract_text()) for page in reader.pages] == [False, True]
    assert "Receipt 00000012 · 1" in reader.pages[0].extract_text()
