"""Which language a request is answered in: what the caller's program asks for, else what the user chose."""

from collections.abc import Iterable

from babel import Locale, UnknownLocaleError
from flask import g, has_request_context, request


def select_locale() -> str | None:
    """Return the first language of ``Accept-Language`` that there are rules for, else the user's, else None.

    None outside requests: tasks force the language of the person they write to.
    """
    if not has_request_context():
        return None
    user = g.get("current_user")
    return _first_known([*request.accept_languages.values(), *([user.locale] if user else [])])


def _first_known(tags: Iterable[str]) -> str | None:
    for tag in tags:
        try:
            return str(Locale.parse(tag, sep="-"))
        except (ValueError, UnknownLocaleError, TypeError):
            continue
    return None
