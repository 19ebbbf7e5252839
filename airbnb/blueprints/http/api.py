"""Blueprint and OpenAPI document of the product: strict input, problem+json, who may call, what repeats."""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

import flask_smorest
import marshmallow as ma
from flask import request

from airbnb.blueprints.errors import PROBLEM_TYPE
from airbnb.blueprints.http.parsing import StrictParser
from airbnb.domain.errors import ValidationFailed

PREFIX = "/api/v1"
#: Statuses that only a route with a body can answer, and their names in the document.
#: Where a body is declared, in webargs' words.
BODIES = ("json", "form", "files")
LONGEST_EMPTY_BODY = 64  # bytes: ``{}`` with some room for blanks
BODY_REFUSALS = {"400": "BAD_REQUEST", "413": "CONTENT_TOO_LARGE", "415": "UNSUPPORTED_MEDIA_TYPE"}


class ProblemSchema(ma.Schema):
    """An error as in RFC 9457, with a stable code and the request's id; some codes add members of their own."""

    class Meta:
        unknown = ma.INCLUDE

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True, metadata={"description": "Stable; what programs switch on"})
    detail = ma.fields.String(required=True)
    errors = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.List(ma.fields.String()),
        metadata={"description": "Dotted path of each wrong value to what is wrong with it"},
    )
    request_id = ma.fields.String(required=True, allow_none=True)


class Blueprint(flask_smorest.Blueprint):
    """A blueprint whose routes refuse what they do not know and document who may call them."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, import_name: str, *, url_prefix: str = "", **kwargs: Any) -> None:
        super().__init__(name, import_name, url_prefix=PREFIX + url_prefix, **kwargs)
        self._prepare_doc_cbks.append(self._prepare_mechanisms_doc)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a route; one that declares no query or no body refuses what comes as one."""
        if view_func is not None and not _takes(view_func, "query"):
            view_func = _refusing_queries(view_func)
        if view_func is not None and not _takes(view_func, *BODIES):
            view_func = _refusing_bodies(view_func)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)

    @staticmethod
    def _prepare_mechanisms_doc(doc: dict[str, Any], doc_info: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Describe access, idempotency keys and the refusals that the mechanisms can give."""
        responses = doc.setdefault("responses", {})
        access = doc_info.get("access")
        if access == "public":
            doc["security"] = [{}, {"bearer": []}]
        else:
            _may_answer(responses, 401, 403)
        if "idempotency" in doc_info:
            doc.setdefault("parameters", []).append(_idempotency_parameter(doc_info["idempotency"]))
            _may_answer(responses, 409)
        if "requestBody" in doc:
            _may_answer(responses, 400, 413, 415)
        _may_answer(responses, 422, 429)
        return doc


class Api(flask_smorest.Api):
    """The OpenAPI document; errors in it are problem+json."""

    ERROR_SCHEMA = ProblemSchema

    def _register_responses(self) -> None:
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM_TYPE
        try:
            super()._register_responses()
        finally:
            del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def _register_error_handlers(self) -> None:
        """Leave errors to ``blueprints/errors.py``, the one table."""


def document(**info: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Attach facts for the OpenAPI document to a view, beside what smorest's decorators attach."""

    def attach(view: Callable[..., Any]) -> Callable[..., Any]:
        view.__dict__["_apidoc"] = {**view.__dict__.get("_apidoc", {}), **info}
        return view

    return attach


def accepts_any_query(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a route whose query comes from elsewhere, such as a provider's redirect."""
    view.__dict__["__any_query__"] = True
    return view


def reads_any_body(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a route that reads the body itself, such as a provider's webhook."""
    view.__dict__["__any_body__"] = True
    return view


def _takes(view: Callable[..., Any], *locations: str) -> bool:
    if view.__dict__.get("__any_body__" if locations == BODIES else "__any_query__", False):
        return True
    parameters = view.__dict__.get("_apidoc", {}).get("arguments", {}).get("parameters", [])
    return any(p["in"] in locations for p in parameters)


def _refusing_queries(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if request.args:
            raise ValidationFailed({name: ["Unknown parameter."] for name in request.args})
        return view(*args, **kwargs)

    return wrapper


def _refusing_bodies(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse JSON where none is read, because its sender believes that it says something; ``{}`` says nothing."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if request.is_json and (request.content_length is not None or "Transfer-Encoding" in request.headers):
            is_long = (request.content_length or 0) > LONGEST_EMPTY_BODY
            if is_long or request.get_data(cache=True).translate(None, b" \t\r\n") not in (b"", b"{}"):
                raise ValidationFailed({"body": ["This takes no body."]})
        return view(*args, **kwargs)

    return wrapper


def _may_answer(responses: dict[Any, Any], *statuses: int) -> None:
    """Document refusals by the names that smorest registers on first use; a reference of our own would dangle."""
    for status in statuses:
        if status not in responses and str(status) not in responses:
            responses[status] = HTTPStatus(status).name


def _idempotency_parameter(required: bool) -> dict[str, Any]:
    return {
        "in": "header",
        "name": "Idempotency-Key",
        "required": required,
        "description": "Repeating the request with the same key answers the first result again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    }
