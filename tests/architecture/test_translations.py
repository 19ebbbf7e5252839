"""Every text that people read is in the catalogue of every language, and no text goes past the catalogues."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from babel.messages import Catalog
from jinja2 import Environment, nodes

from airbnb.cli.translations import faults, merged, read, texts_of_code
from airbnb.languages import SOURCE, languages
from tests.architecture.guards import ROOT, Source

TEMPLATES = sorted(path for room in ("mail", "unsubscribing") for path in (ROOT / "airbnb/templates" / room).iterdir())
#: Whose texts, beside the mails, people read in their language.
MODULES = ["schemas/notification_texts.py", "schemas/document_texts.py", "schemas/price_labels.py"]
GETTEXT = {"_", "gettext", "ngettext", "lazy_gettext", "lazy_ngettext"}
#: What a template may print untranslated: the path of a link, and the name of the zone of an instant.
PLAIN = re.compile(r"/[a-z/?=-]*|.?\s?UTC|\W*|T")
MARKUP = re.compile(r"<style>.*?</style>|<!--.*?-->|<[^>]*>|&\w+;|<!doctype html>", re.DOTALL)
WORDS = re.compile(r"[^\W\d_]{2,} +[^\W\d_]{2,}")
#: Words that another language took over.
BORROWED = {"Hostel", "Hotel", "Pool", "Sauna", "Shampoo", "Villa"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def untranslated(source: str) -> Iterator[str]:
    """Yield the words that a template prints without asking the catalogue."""
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    asked = {
        constant
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in GETTEXT
        for constant in call.find_all(nodes.Const)
    }
    tested = {
        constant for test in tree.find_all((nodes.Compare, nodes.Getitem)) for constant in test.find_all(nodes.Const)
    }
    data = "".join(one.data for one in tree.find_all(nodes.TemplateData))
    yield from re.findall(r"[^\W\d_]+", MARKUP.sub(" ", data))
    for output in tree.find_all(nodes.Output):
        for constant in output.find_all(nodes.Const):
            is_text = isinstance(constant.value, str) and not PLAIN.fullmatch(constant.value)
            if is_text and constant not in asked | tested:
                yield constant.value


def untranslated_sentences(source: Source) -> Iterator[str]:
    """Yield the sentences of a module that are neither handed to gettext nor documentation."""
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call) and _name(node.func) in GETTEXT]
    excused = {id(constant) for call in calls for constant in ast.walk(call)}
    excused |= {id(node.value) for node in ast.walk(source.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in excused:
            if WORDS.search(node.value):
                yield source.at(node, node.value)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("language", languages())
def test_a_catalogue_has_every_text_of_the_code_and_no_other(language: str):
    assert list(faults(read(language), texts_of_code())) == []


def test_english_and_german_are_complete():
    assert {"en", "de"} <= set(languages())


@pytest.mark.parametrize("language", [name for name in languages() if name != SOURCE])
def test_a_translation_is_not_the_english_text_again(language: str):
    same = {
        message.id
        for message in read(language)
        if isinstance(message.id, str)
        and message.string == message.id
        and re.search(r"[^\W\d_]", PLACEHOLDER.sub("", message.id))
    }

    assert same <= BORROWED


def _change(catalogue: Catalog, key: Any, text: Any, flags: tuple[str, ...] = ()) -> None:
    catalogue.delete(key)
    catalogue.add(key, text, flags=flags)


@pytest.mark.parametrize(
    "key, text, flags, fault",
    [
        ("Total", "", (), "is not translated: 'Total'"),
        ("Total", "  ", (), "is not translated: 'Total'"),
        ("Total", "Gesamt", ("fuzzy",), "is not translated: 'Total'"),
        ("%(author)s wrote a review", "Eine Bewertung", (), "has other placeholders: '%(author)s wrote a review'"),
        ("%(author)s wrote a review", "%(autor)s schrieb", (), "has other placeholders: '%(author)s wrote a review'"),
        (
            ("%(num)d night", "%(num)d nights"),
            ("eine Nacht", "%(num)d Nächte"),
            (),
            "has other placeholders: ('%(num)d night', '%(num)d nights')",
        ),
        (
            ("%(num)d night", "%(num)d nights"),
            ("%(num)d Nacht",),
            (),
            "is not translated: ('%(num)d night', '%(num)d nights')",
        ),
    ],
)
def test_a_faulty_translation_is_caught(key: Any, text: Any, flags: tuple[str, ...], fault: str):
    keys = texts_of_code()
    catalogue = merged("de", keys)
    _change(catalogue, key, text, flags)

    assert list(faults(catalogue, keys)) == [fault]


def test_a_text_that_is_missing_or_left_over_is_caught():
    keys = texts_of_code()
    catalogue = merged("de", keys)
    _change(catalogue, "Left over", "Übrig")
    catalogue.delete("Total")

    assert list(faults(catalogue, keys)) == [
        "is not in the catalogue: 'Total'",
        "is not in the code any more: 'Left over'",
    ]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_prints_words_past_the_catalogue(path: Any):
    assert list(untranslated(path.read_text())) == []


@pytest.mark.parametrize(
    "source, found",
    [
        ("Hello {{ name }}", ["Hello"]),
        ("<p>{{ _('Hello') }}</p> there", ["there"]),
        ("{{ 'Hello' }}", ["Hello"]),
        ("{{ device or 'unknown' }}", ["unknown"]),
        ("{% if kind == 'won' %}{{ _('Won') }}{% endif %}", []),
        ("<a href=\"{{ url ~ '/bookings/' }}\">{{ _('See it') }}</a>&nbsp;– {{ at ~ ' UTC' }}", []),
    ],
)
def test_a_word_past_the_catalogue_is_caught(source: str, found: list[str]):
    assert list(untranslated(source)) == found


@pytest.mark.parametrize("path", MODULES)
def test_no_module_of_texts_has_a_sentence_past_the_catalogue(path: str):
    text = (ROOT / "airbnb" / path).read_text()

    assert list(untranslated_sentences(Source.of(text, path))) == []


@pytest.mark.parametrize(
    "text, count",
    [
        ('A = "Your stay is booked"', 1),
        ('A = _("Your stay is booked")', 0),
        ('A = {"a": (_("One thing"), "and another")}', 1),
        ('def f():\n    """Say what it does."""\n    return ngettext("one night", "many nights", 2)', 0),
        ('A = f"{name} wrote to you"', 1),
    ],
)
def test_a_sentence_past_the_catalogue_is_caught(text: str, count: int):
    assert len(list(untranslated_sentences(Source.of(text)))) == count
