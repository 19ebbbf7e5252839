"""How request bodies and queries are read: strictly, so that a mistake is named and never ignored."""

from functools import cache
from typing import Any, NoReturn

import flask
import marshmallow as ma
import orjson
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from airbnb.domain.errors import DomainError

#: No body that says something has more members and items; naming what is wrong with each would cost its sender less
#: than us. Counted by their commas, which is done before anything is made of them.
MOST_PARTS = 10_000


class MalformedJSON(DomainError):
    """The body does not parse as JSON."""

    code = "malformed_json"
    message = "The body must be one JSON value in UTF-8."


#: Where a request keeps its parsed query, by the schema's class.
PARSED = "airbnb.parsed_queries"


class StrictParser(FlaskParser):
    """webargs' parser that refuses unknown fields everywhere and bodies that are not JSON."""

    DEFAULT_UNKNOWN_BY_LOCATION = {
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": ma.RAISE,
        "query": ma.RAISE,
        "form": ma.RAISE,
        "files": ma.RAISE,
    }

    def parse(
        self, argmap: Any, req: flask.Request | None = None, *, location: str | None = None, **kwargs: Any
    ) -> Any:
        """Read a request; a query that was read before by a schema of the same class is not read again."""
        schema = _made_once(argmap) if isinstance(argmap, type) else argmap
        if location != "query":
            return super().parse(schema, req, location=location, **kwargs)
        known = (req or flask.request).environ.setdefault(PARSED, {})
        if type(schema) not in known:
            known[type(schema)] = super().parse(schema, req, location=location, **kwargs)
        return known[type(schema)]

    def _raw_load_json(self, req: flask.Request) -> Any:
        if not core.is_json(req.mimetype):
            if req.content_length or "chunked" in req.headers.get("Transfer-Encoding", "").lower():
                raise UnsupportedMediaType("The body must be application/json.")
            return core.missing
        body = req.get_data(cache=True)
        if body.count(b",") > MOST_PARTS:
            raise RequestEntityTooLarge()
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise MalformedJSON() from error

    def load_files(self, req: flask.Request, schema: ma.Schema) -> Any:
        """Return the whole multipart form, its texts beside its files."""
        if req.mimetype != "multipart/form-data" and req.content_length:
            raise UnsupportedMediaType("The body must be multipart/form-data.")
        return self._makeproxy(MultiDict([*req.form.items(multi=True), *req.files.items(multi=True)]), schema)

    def _handle_invalid_json_error(self, error: Exception, req: flask.Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise MalformedJSON() from error


@cache
def _made_once(schema: type[ma.Schema]) -> ma.Schema:
    """Return the one instance of a schema: making one copies every field, and loading leaves it as it is."""
    return schema()


def json_or_none() -> Any:
    """Return the parsed body, or None where there is none or it does not parse (the parser will say so)."""
    try:
        return orjson.loads(flask.request.get_data(cache=True) or b"null")
    except (orjson.JSONDecodeError, BadRequest):
        return None
