"""Pages and probes outside the API: they know no users, so everybody is answered the same."""

from typing import Any

from tests.api.access_table.rows import ANYONE, Row


def page(route: str, at: str = "", **more: Any) -> Row:
    """Return the row of a page."""
    return Row(route, ANYONE, at, suspended=None, **more)


PAGES = [
    page("GET /healthz"),
    page("GET /readyz"),
    page("GET /metrics", answers=frozenset({404})),
    page("GET /openapi.json", "/api/v1/openapi.json"),
    page("GET /docs", "/api/v1/docs"),
    page("GET /docs/assets/<path:name>", "/api/v1/docs/assets/index.css"),
    page("GET /static/<path:filename>", "/static/icon.svg"),
    page("GET /files/<path:key>", "/files/no/such/file", answers=frozenset({404})),
    page("PUT /files/<path:key>", "/files/not/signed", answers=frozenset({403, 404})),
    page("GET /downloads/<id:export_id>/<secret>", "/downloads/{export}/guessed", answers=frozenset({404})),
    page(
        "GET /attachments/<id:attachment_id>/<size>/<secret>",
        "/attachments/{attachment}/small/guessed",
        answers=frozenset({404}),
    ),
    page("GET /unsubscribe/<string:token>", "/unsubscribe/guessed", answers=frozenset({404})),
    page("POST /unsubscribe/<string:token>", "/unsubscribe/guessed", answers=frozenset({404})),
    page("GET /mailbox"),
    page("GET /mailbox/<name>", "/mailbox/none", answers=frozenset({404})),
    page("GET /mailbox/<name>/html", "/mailbox/none/html", answers=frozenset({404})),
    page("GET /sandbox/approve/<string:provider_ref>", "/sandbox/approve/none", answers=frozenset({404})),
    page(
        "POST /sandbox/approve/<string:provider_ref>/<any(yes, no):answer>",
        "/sandbox/approve/none/yes",
        answers=frozenset({404}),
    ),
]
