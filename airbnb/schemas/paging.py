"""The shape of every list: ``limit`` and ``cursor`` in the query, data and page in the answer."""

from functools import cache

import marshmallow as ma

from airbnb.domain.paging import DEFAULT_LIMIT, MAX_LIMIT

CURSOR_LENGTH = 2_000


class PageArgs(ma.Schema):
    """Query of every list; subclasses add the filters of theirs."""

    limit = ma.fields.Integer(load_default=DEFAULT_LIMIT, validate=ma.validate.Range(1, MAX_LIMIT))
    cursor = ma.fields.String(validate=ma.validate.Length(1, CURSOR_LENGTH))


class PageSchema(ma.Schema):
    """Where a list goes on."""

    limit = ma.fields.Integer(required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


@cache
def page_of(item: type[ma.Schema]) -> type[ma.Schema]:
    """Return the schema of a list of ``item``: ``{"data": [...], "page": {...}}``."""
    return ma.Schema.from_dict(
        {
            "data": ma.fields.List(ma.fields.Nested(item), required=True),
            "page": ma.fields.Nested(PageSchema, required=True),
        },
        name=f"{item.__name__.removesuffix('Schema')}Page",
    )
