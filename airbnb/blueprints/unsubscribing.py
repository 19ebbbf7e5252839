"""The page behind a mail's unsubscribe link: looking changes nothing, since mail scanners look; a POST does."""

import secrets

from flask import Blueprint, Response, abort, make_response, render_template
from flask_babel import get_locale

from airbnb.blueprints.http.limits import limited
from airbnb.domain.errors import NotFound
from airbnb.domain.notifications import NotificationKind
from airbnb.extensions import current_settings
from airbnb.schemas.notification_texts import event_name
from airbnb.services.unsubscribing import read_unsubscribe_token, stop_mails
from airbnb.unit_of_work import in_transaction

bp = Blueprint("unsubscribing", __name__, url_prefix="/unsubscribe")


@bp.get("/<string:token>")
@limited("secret-guess")
def ask(token: str) -> Response:
    """Ask whether to stop these mails."""
    _, kind = _read(token)
    return _page(event=kind.value, done=False)


@bp.post("/<string:token>")
@limited("secret-guess")
def stop(token: str) -> Response:
    """Stop these mails; what mail programs send for their reader's click and the page's button alike."""
    user_id, kind = _read(token)
    try:
        in_transaction(lambda session: stop_mails(session, user_id, kind))
    except NotFound:
        abort(404)
    return _page(event=kind.value, done=True)


def _read(token: str) -> tuple[int, NotificationKind]:
    try:
        return read_unsubscribe_token(token, current_settings().secret_key)
    except NotFound:
        abort(404)


def _page(*, event: str, done: bool) -> Response:
    nonce = secrets.token_urlsafe(16)
    lang = str(get_locale()).replace("_", "-")
    page = render_template("unsubscribing/page.html", nonce=nonce, name=event_name(event), done=done, lang=lang)
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


ask.__dict__["__access__"] = stop.__dict__["__access__"] = "public"
