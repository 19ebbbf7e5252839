"""``flask translations``: bringing the catalogues up to the texts of the code, and saying what they lack."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po
from flask.cli import AppGroup

from airbnb.domain.amenities import CATALOGUE
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.languages import SOURCE, catalogue_path, languages
from airbnb.schemas.catalogues import kinds

translations = AppGroup("translations", help="Keep the catalogues of texts complete.")

ROOT = Path(__file__).parents[1]
METHODS = [("**.py", "python"), ("templates/mail/**", "jinja2"), ("templates/unsubscribing/**", "jinja2")]
OPTIONS = {pattern: {"silent": "false"} for pattern, method in METHODS if method == "jinja2"}
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
#: A catalogue changes when its texts do, and never because of the day.
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "# The texts of one language. `flask translations update` adds what is new; write the missing ones here."
PEOPLE = "the contributors"
WIDTH = 116

Key = str | tuple[str, ...]
Text = str | tuple[str, ...] | list[str] | None


@translations.command("update")
@click.option("--add", "new", metavar="LANGUAGE", help="Begin a language, such as fr or pt_BR.")
def update(new: str | None) -> None:
    """Write every catalogue anew: with all texts of the code, what was translated, and nothing else."""
    keys = texts_of_code()
    for language in (*languages(), *([new] if new else [])):
        path, catalogue = catalogue_path(language), merged(language, keys)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=WIDTH, no_location=True, omit_header=False, sort_output=True)
        click.echo(f"{language}: {len(keys)} texts, {len(list(faults(catalogue, keys)))} to do")


@translations.command("audit")
def audit() -> None:
    """Say what the catalogues lack; exits with 1 when that is anything."""
    keys, found = texts_of_code(), 0
    for language in languages():
        for fault in faults(read(language), keys):
            click.echo(f"{language}: {fault}")
            found += 1
    click.echo(f"{len(keys)} texts in {len(languages())} languages, {found} faults.")
    if found:
        raise SystemExit(1)


def texts_of_code() -> set[Key]:
    """Return every text that code and templates hand to gettext, a pair where it has a plural, and labels of data."""
    found = extract_from_dir(
        ROOT, METHODS, options_map=OPTIONS, keywords=KEYWORDS, comment_tags=(), strip_comment_tags=False
    )
    labels = [kind.label for kind in CATALOGUE.values()]
    labels += [entry["label"] for words in (PropertyType, RoomType) for entry in kinds(words)]
    return {text if isinstance(text, str) else tuple(text) for _, _, text, _, _ in found} | set(labels)


def read(language: str) -> Catalog:
    """Return a language's catalogue, an empty one when there is none."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def merged(language: str, keys: set[Key]) -> Catalog:
    """Return a catalogue of exactly these texts with what is translated already; English says what the code says."""
    old = read(language)
    catalogue = Catalog(
        locale=language,
        header_comment=HEADER,
        project="stays",
        version="1",
        msgid_bugs_address="",
        last_translator=PEOPLE,
        language_team=PEOPLE,
        charset="utf-8",
        creation_date=WRITTEN,
        revision_date=WRITTEN,
        fuzzy=False,
    )
    for key in keys:
        there = old.get(key)
        text: Any = there.string if there is not None else ""
        if language == SOURCE and not _is_whole(text):
            text = key
        catalogue.add(key, text)
    return catalogue


def faults(catalogue: Catalog, keys: set[Key]) -> Iterator[str]:
    """Yield what is wrong with a catalogue: texts it lacks or has too many, and words that lost a placeholder."""
    there = {message.id: message for message in catalogue if message.id}
    yield from (f"is not in the catalogue: {key!r}" for key in sorted(keys - there.keys(), key=str))
    yield from (f"is not in the code any more: {key!r}" for key in sorted(there.keys() - keys, key=str))
    for key, message in there.items():
        if message.fuzzy or not _is_whole(message.string) or len(_forms(message.string)) != _wanted(catalogue, key):
            yield f"is not translated: {key!r}"
        elif not _keeps_placeholders(message):
            yield f"has other placeholders: {key!r}"


def _forms(text: Text) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def _is_whole(text: Text) -> bool:
    return all(form.strip() for form in _forms(text))


def _wanted(catalogue: Catalog, key: Text) -> int:
    return 1 if isinstance(key, str) else catalogue.num_plurals


def _keeps_placeholders(message: Message) -> bool:
    wanted = _placeholders(_forms(message.id)[-1])
    return all(_placeholders(form) == wanted for form in _forms(message.string))


def _placeholders(text: str) -> set[str]:
    names: set[str] = set()

    class Names(dict[str, Any]):
        def __missing__(self, name: str) -> int:
            names.add(name)
            return 0

    _ = text % Names()
    return names
