"""A host's listings and their calendars as CSV files."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.csv import csv_response
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.domain import clock
from airbnb.domain.csv_cells import Cell
from airbnb.domain.paging import MAX_LIMIT, PageRequest
from airbnb.domain.permissions import Permission
from airbnb.domain.stays import local_date
from airbnb.queries.calendar import get_calendar
from airbnb.queries.listing_exports import listing_rows
from airbnb.queries.listings import get_listing_for_host, list_host_listings
from airbnb.schemas.listing_exports import CalendarFileQuery
from airbnb.services.calendar import MAX_NIGHTS_SHOWN
from airbnb.services.listing_exports import LISTING_COLUMNS, NIGHT_COLUMNS, listing_cells, night_cells
from airbnb.unit_of_work import reading

bp = Blueprint("listing_exports", __name__, description="Listings and calendars as files")

#: What a calendar's file holds unless told otherwise.
DEFAULT_NIGHTS = 365


@bp.route("/users/me/listings.csv", methods=["GET"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(200, {"type": "string"}, content_type="text/csv", description="A row a listing, under a header")
def export_listings() -> Response:
    """Give the caller's listings in every status but archived as a CSV file, newest first."""
    return csv_response("listings.csv", list(LISTING_COLUMNS), _listings(current_user.id))


@bp.route("/listings/<id:listing_id>/calendar.csv", methods=["GET"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(CalendarFileQuery, location="query")
@bp.response(200, {"type": "string"}, content_type="text/csv", description="A row a night, under a header")
@bp.alt_response(404, "NOT_FOUND")
def export_nights(args: dict[str, Any], listing_id: int) -> Response:
    """Give the nights of a listing with prices, bookings and blocks as a CSV file; a year from today by default."""
    now, host_id = clock.now(), current_user.id
    with reading() as session:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id)
    first = args.get("first") or local_date(now, listing.time_zone)
    until = args.get("until") or first + timedelta(days=DEFAULT_NIGHTS)
    rows = _nights(listing_id, host_id, first, until, now)
    return csv_response(f"calendar-{listing_id}.csv", NIGHT_COLUMNS, rows)


def _listings(host_id: int) -> Iterator[list[Cell]]:
    page = PageRequest(limit=MAX_LIMIT)
    while True:
        with reading() as session:
            found = list_host_listings(session, host_id=host_id, page=page)
            rows = [listing_cells(row) for row in listing_rows(session, found.items)]
        yield from rows
        if found.next_key is None:
            return
        page = PageRequest(limit=MAX_LIMIT, after=found.next_key)


def _nights(listing_id: int, host_id: int, first: date, until: date, now: datetime) -> Iterator[list[Cell]]:
    while first < until:
        end = min(first + timedelta(days=MAX_NIGHTS_SHOWN), until)
        with reading() as session:
            calendar = get_calendar(session, listing_id, first, end, viewer_id=host_id, is_staff=False)
            rows = list(night_cells(session, calendar, first, end, now=now))
        yield from rows
        first = end
