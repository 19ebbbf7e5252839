"""ETags of single resources: made from a version, answered with 304, asked back by If-Match.

A resource with texts in the reader's language has the same version in all of them, and a tag for each.
"""

import hashlib

from flask import Flask, Response, g, request

from airbnb.blueprints.http.language import spoken
from airbnb.domain.errors import PreconditionFailed

CONDITIONAL_STATUSES = {200, 201}
#: Stands between version and language; no digit of a version.
LANGUAGE_MARK = "-"


def init_app(app: Flask) -> None:
    """Send the ETag that a view named, and 304 where the caller has that version."""
    app.after_request(_send_etag)


def name_etag(*parts: object) -> None:
    """Give this request's answer an ETag made from ``parts``, such as kind, id and version."""
    g.etag = etag_of(*parts)


def etag_of(*parts: object) -> str:
    """Return the tag, without quotes, for a version of a resource."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:20]


def check_if_match(*parts: object) -> None:
    """Refuse a change that was made from another version than ``parts`` name; without If-Match let it pass.

    Raises: PreconditionFailed.
    """
    if request.if_match and not request.if_match.star_tag:
        versions = {tag.partition(LANGUAGE_MARK)[0] for tag in request.if_match.as_set()}
        if etag_of(*parts) not in versions:
            raise PreconditionFailed()


def _send_etag(response: Response) -> Response:
    etag = g.pop("etag", None)
    if etag is None or response.status_code not in CONDITIONAL_STATUSES:
        return response
    language = spoken()
    response.set_etag(etag if language is None else f"{etag}{LANGUAGE_MARK}{language}")
    if request.method in ("GET", "HEAD"):
        response.make_conditional(request.environ)
    return response
