"""What the built-in mail server got, to look at while developing; production has no such page."""

import secrets
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request

from airbnb.extensions import current_settings
from airbnb.workflows.mailbox import find_mail, list_mails

PAGE_SIZE = 25
MOST_PAGES = 1_000
#: The mail stands in a frame without scripts, forms and origin; only its links open, each in a tab of its own.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"

bp = Blueprint("mailbox", __name__, url_prefix="/mailbox")


@bp.before_request
def hide_in_production() -> None:
    """Answer 404 where mails are real."""
    if current_settings().is_production:
        abort(404)


@bp.get("")
def list_all() -> Response:
    """List the mails, newest first."""
    page = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    mails, has_more = list_mails(page=page, size=PAGE_SIZE)
    return _page("mailbox/list.html", mails=mails, page=page, has_more=has_more)


@bp.get("/<name>")
def show(name: str) -> Response:
    """Show one mail as HTML and as text."""
    return _page("mailbox/mail.html", mail=_get(name), sandbox=SANDBOX)


@bp.get("/<name>/html")
def show_html(name: str) -> Response:
    """Answer a mail's HTML for the frame."""
    html = _get(name).html
    if html is None:
        abort(404)
    answer = make_response(html.replace("<head>", '<head><base target="_blank">', 1))
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox {SANDBOX}"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _get(name: str) -> Any:
    mail = find_mail(name)
    if mail is None:
        abort(404)
    return mail


def _page(template: str, **context: Any) -> Response:
    nonce = secrets.token_urlsafe(16)
    answer = make_response(render_template(template, nonce=nonce, **context))
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


list_all.__dict__["__access__"] = show.__dict__["__access__"] = show_html.__dict__["__access__"] = "public"
