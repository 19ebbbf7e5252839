"""Statements over HTTP: a host's own, and a booking's for staff who look after money."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from flask import Response

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.csv import csv_response
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain.csv_cells import Cell
from airbnb.domain.paging import MAX_LIMIT, PageRequest
from airbnb.domain.permissions import Permission
from airbnb.queries import statements as queries
from airbnb.queries.bookings import Viewer, get_booking_for
from airbnb.schemas.paging import PageArgs, page_of
from airbnb.schemas.statements import StatementFileQuery, StatementLineSchema, StatementQuery
from airbnb.services.statements import COLUMNS, statement_cells, statement_views
from airbnb.unit_of_work import reading

bp = Blueprint("statements", __name__, description="Lines of the book, for hosts and staff")

#: What we owe a host is a credit in the book: a host reads it as money coming in.
FOR_HOSTS = -1


@bp.route("/users/me/statements", methods=["GET"])
@requires(Permission.RECEIVE_PAYOUTS)
@bp.arguments(StatementQuery, location="query")
@bp.response(200, page_of(StatementLineSchema))
def list_statement(args: dict[str, Any]) -> dict[str, Any]:
    """List what the caller earned, was paid and owes, newest first."""
    first, until = _midnight(args.get("from_")), _midnight(args.get("to"))
    with reading() as session:
        page = queries.list_of_host(session, current_user.id, page_request(args), first=first, until=until)
        return envelope(statement_views(session, page, sign=FOR_HOSTS), args)


@bp.route("/users/me/statements.csv", methods=["GET"])
@requires(Permission.RECEIVE_PAYOUTS)
@bp.arguments(StatementFileQuery, location="query")
@bp.response(200, {"type": "string"}, content_type="text/csv", description="A row a line, under a header")
def export_statement(args: dict[str, Any]) -> Response:
    """Give the same as a CSV file."""
    first, until = _midnight(args.get("from_")), _midnight(args.get("to"))
    return csv_response("statement.csv", COLUMNS, _rows(current_user.id, first, until))


@bp.route("/bookings/<string:booking_key>/statement", methods=["GET"])
@requires(Permission.SEE_MONEY)
@bp.arguments(PageArgs, location="query")
@bp.response(200, page_of(StatementLineSchema))
@bp.alt_response(404, "NOT_FOUND")
def list_booking_statement(args: dict[str, Any], booking_key: str) -> dict[str, Any]:
    """List every line of the book about a booking, newest first; debits are above zero."""
    viewer = Viewer(user_id=current_user.id, is_staff=True)
    with reading() as session:
        booking = get_booking_for(session, booking_key, viewer)
        page = queries.list_of_booking(session, booking.id, page_request(args))
        return envelope(statement_views(session, page), args)


def _rows(user_id: int, first: datetime | None, until: datetime | None) -> Iterator[list[Cell]]:
    page = PageRequest(limit=MAX_LIMIT)
    while True:
        with reading() as session:
            entries = queries.list_of_host(session, user_id, page, first=first, until=until)
            found = statement_views(session, entries, sign=FOR_HOSTS)
        yield from (statement_cells(view) for view in found.items)
        if found.next_key is None:
            return
        page = PageRequest(limit=MAX_LIMIT, after=found.next_key)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)
