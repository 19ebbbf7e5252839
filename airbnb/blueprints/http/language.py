"""Which language a request is answered in: the first that we have of those asked for, else the user's."""

from flask import Flask, Response, g, has_request_context, request
from flask_babel import get_locale

from airbnb.languages import known_locale


def init_app(app: Flask) -> None:
    """Tell caches of every answer that was written in a language that it depends on the one asked for."""
    app.after_request(_name_what_it_depends_on)


def spoken() -> str | None:
    """Return the language of this request's answer, or None as long as nothing in it has one."""
    return str(get_locale()) if g.get("language_asked") else None


def select_locale() -> str | None:
    """Return the first language of ``Accept-Language`` that we have, else the user's, else None: the default.

    None outside requests: tasks force the language of the person they write to.
    """
    if not has_request_context():
        return None
    g.language_asked = True
    user = g.get("current_user")
    found = known_locale(*request.accept_languages.values(), *([user.locale] if user else []))
    return None if found is None else str(found)


def _name_what_it_depends_on(response: Response) -> Response:
    if spoken() is not None:
        response.vary.add("Accept-Language")
    return response
