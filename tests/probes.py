"""Routes that exist for tests of the HTTP mechanisms alone; they are registered on the test app only."""

import threading
from typing import Any

import marshmallow as ma
from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.idempotency import current_claim, idempotent
from airbnb.blueprints.http.identity import current_user, public, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain.errors import Busy, InvalidTransition, OutcomeUnknown
from airbnb.domain.permissions import Permission
from airbnb.models.notifications import Notification
from airbnb.queries.idempotency import attach_resource
from airbnb.queries.paging import SortKey, fetch_page
from airbnb.schemas.paging import PageArgs, page_of
from airbnb.unit_of_work import in_transaction, reading

bp = Blueprint("probes", __name__, url_prefix="/probes")

#: A request in mode "wait" says that it is there and goes on when told.
arrived = threading.Event()
go_on = threading.Event()


class EffectArgs(ma.Schema):
    """What an effect is to do."""

    mode = ma.fields.String(load_default="make")
    note = ma.fields.String(load_default="")


class EffectSchema(ma.Schema):
    """A row that was made."""

    id = ma.fields.String()
    kind = ma.fields.String()


class EffectsQuery(PageArgs):
    """Filter of the list of effects."""

    kind = ma.fields.String()
    oldest_first = ma.fields.Boolean(load_default=False)


@bp.route("/money", methods=["POST"])
@requires()
@idempotent(required=True)
@bp.arguments(EffectArgs)
@bp.response(201, EffectSchema)
def make_money_effect(body: dict[str, Any]) -> Any:
    """Make one row per key, as a route that moves money does."""
    return _make(body), 201, {"Location": "/api/v1/probes/money"}


@bp.route("/plain", methods=["POST"])
@requires()
@idempotent()
@bp.arguments(EffectArgs)
@bp.response(201, EffectSchema)
def make_plain_effect(body: dict[str, Any]) -> Any:
    """Make one row per key, if there is a key."""
    return _make(body)


@bp.route("/effects", methods=["GET"])
@requires()
@bp.arguments(EffectsQuery, location="query")
@bp.response(200, page_of(EffectSchema))
def list_effects(args: dict[str, Any]) -> dict[str, Any]:
    """List rows in either direction."""
    statement = select(Notification).where(Notification.user_id == current_user.id)
    if "kind" in args:
        statement = statement.where(Notification.kind == args["kind"])
    down = not args["oldest_first"]
    sort = [SortKey(Notification.created_at, down), SortKey(Notification.id, down)]
    with reading() as session:
        return envelope(fetch_page(session, statement, sort, page_request(args)), args)


@bp.route("/crash", methods=["GET"])
@public
@bp.response(200)
def crash() -> None:
    """Fail in a way that nobody expected."""
    raise RuntimeError("a secret detail")


@bp.route("/busy", methods=["GET"])
@public
@bp.response(200)
def be_busy() -> None:
    """Refuse as when the retry budget is spent."""
    raise Busy()


@bp.route("/forbidden", methods=["GET"])
@requires(Permission.MANAGE_STAFF)
@bp.response(204)
def only_admins() -> None:
    """Let administrators in."""


@bp.route("/verified", methods=["GET"])
@requires(Permission.BOOK_STAYS, verified=True)
@bp.response(204)
def only_verified() -> None:
    """Let those in who proved their address."""


def _make(body: dict[str, Any]) -> Notification:
    claim = current_claim()
    if claim is not None and claim.resource_id is not None:
        with reading() as session:
            return session.get_one(Notification, claim.resource_id)

    def work(session: Session) -> Notification:
        row = Notification(user_id=current_user.id, kind="effect", params=body)
        session.add(row)
        session.flush()
        attach_resource(session, claim, resource_type="notifications", resource_id=row.id)
        if body["mode"] == "refuse":
            raise InvalidTransition()
        return row

    if body["mode"] == "wait":
        arrived.set()
        assert go_on.wait(10)
    if body["mode"] == "crash":
        raise RuntimeError("before anything was written")
    row = in_transaction(work)
    if body["mode"] == "crash_after":
        raise RuntimeError("after the commit")
    if body["mode"] == "unknown":
        raise OutcomeUnknown()
    return row
