"""The languages of our texts: one catalogue each in ``translations/``, read from its ``.po`` when first needed."""

import io
from functools import cache, cached_property
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel import Babel, Domain, get_locale

DIRECTORY = Path(__file__).with_name("translations")
#: The language that texts are written in; a text without a translation stays as it is.
SOURCE = "en"


def catalogue_path(language: str) -> Path:
    """Return where the catalogue of a language is kept, such as ``de`` or ``pt_BR``."""
    return DIRECTORY / language / "LC_MESSAGES" / "messages.po"


@cache
def languages() -> tuple[str, ...]:
    """Return every language that has a catalogue, English first."""
    others = sorted(path.parts[-3] for path in DIRECTORY.glob("*/LC_MESSAGES/messages.po"))
    return (SOURCE, *(language for language in others if language != SOURCE))


def catalogue_name(locale: Locale) -> str | None:
    """Return the catalogue that a locale is written with: its own, else its language's, else None."""
    names = (str(locale), locale.language)
    return next((name for name in names if name in languages()), None)


def known_locale(*tags: str) -> Locale | None:
    """Return the first of some BCP 47 tags whose language has a catalogue; its region decides on money and dates."""
    for tag in tags:
        try:
            locale = Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError, TypeError):
            continue
        if catalogue_name(locale) is not None:
            return locale
    return None


@cache
def _translations(language: str) -> Translations:
    with catalogue_path(language).open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


class _Texts(Domain):  # type: ignore[misc]  # ships no types
    """Looks texts up in the catalogues as they stand in the source tree: there is no step to compile them."""

    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        name = None if locale is None else catalogue_name(locale)
        return NullTranslations() if name is None else _translations(name)


class Languages(Babel):  # type: ignore[misc]  # ships no types
    """Flask-Babel over our catalogues."""

    @cached_property
    def domain_instance(self) -> _Texts:
        """Return what texts are looked up in."""
        return _Texts()

    def list_translations(self) -> list[Locale]:
        """Return the locales of all catalogues."""
        return [Locale.parse(language) for language in languages()]
