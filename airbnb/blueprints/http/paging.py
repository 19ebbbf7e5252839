"""Lists over HTTP: ``limit`` and a signed, opaque cursor in, the envelope of data and page out."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import orjson
from flask import request
from itsdangerous import BadSignature, URLSafeSerializer

from airbnb.domain.errors import InvalidCursor
from airbnb.domain.paging import Key, Page, PageRequest
from airbnb.extensions import current_settings

#: How each type of a sort value is written into a cursor, and read back.
_READERS: dict[str, Callable[[Any], Any]] = {
    "v": lambda value: value,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
}


def page_request(args: Mapping[str, Any]) -> PageRequest:
    """Return what the query asks for.

    Raises: InvalidCursor when the cursor was altered or belongs to other filters.
    """
    cursor = args.get("cursor")
    return PageRequest(limit=args["limit"], after=decode_cursor(cursor, args) if cursor else None)


def envelope(page: Page[Any], args: Mapping[str, Any], **beside: Any) -> dict[str, Any]:
    """Return a page in the shape of ``page_of``; ``beside`` adds members such as ``meta``."""
    next_cursor = encode_cursor(page.next_key, args) if page.next_key is not None else None
    return {"data": page.items, "page": {"limit": args["limit"], "next_cursor": next_cursor}, **beside}


def encode_cursor(key: Key, args: Mapping[str, Any]) -> str:
    """Return a signed cursor, bound to the path and the filters of this request."""
    return str(_signer(args).dumps([_written(value) for value in key]))


def decode_cursor(cursor: str, args: Mapping[str, Any]) -> Key:
    """Return the key in a cursor of ours.

    Raises: InvalidCursor.
    """
    try:
        return tuple(_READERS[tag](value) for tag, value in _signer(args).loads(cursor))
    except (BadSignature, ValueError, KeyError, TypeError) as error:
        raise InvalidCursor() from error


def _signer(args: Mapping[str, Any]) -> URLSafeSerializer:
    filters = {name: value for name, value in sorted(args.items()) if name not in ("limit", "cursor")}
    bound_to = orjson.dumps([request.path, filters], option=orjson.OPT_SORT_KEYS, default=str)
    return URLSafeSerializer(current_settings().secret_key, salt=b"cursor:" + bound_to)


def _written(value: Any) -> tuple[str, Any]:
    if isinstance(value, datetime):
        return "t", value.isoformat()
    if isinstance(value, date):
        return "d", value.isoformat()
    return "v", value
