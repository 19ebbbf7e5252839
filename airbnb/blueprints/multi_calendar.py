"""The calendars of all of a host's listings side by side."""

from datetime import datetime
from typing import Any

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain import clock
from airbnb.domain.paging import Page
from airbnb.domain.permissions import Permission
from airbnb.domain.stays import local_date
from airbnb.queries.calendar import CalendarRows
from airbnb.queries.listings import list_host_listings
from airbnb.queries.multi_calendar import load_calendar_rows
from airbnb.schemas.multi_calendar import ListingCalendarSchema, MultiCalendarQuery
from airbnb.schemas.paging import page_of
from airbnb.services.calendar import show_nights, span_of, widest_span
from airbnb.services.display_prices import AS_IT_IS
from airbnb.unit_of_work import reading

bp = Blueprint("multi_calendar", __name__, url_prefix="/users/me/calendar", description="Calendars of a host")


@bp.route("", methods=["GET"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(MultiCalendarQuery, location="query")
@bp.response(200, page_of(ListingCalendarSchema))
def show_calendars(args: dict[str, Any]) -> dict[str, Any]:
    """Show the nights of every listing of the caller's, newest listing first; ninety nights unless told otherwise."""
    now = clock.now()
    widest = widest_span(now, args.get("first"), args.get("until"))
    with reading() as session:
        page = list_host_listings(session, host_id=current_user.id, page=page_request(args))
        calendars = load_calendar_rows(session, page.items, *widest)
    shown = [_calendar(rows, args, now) for rows in calendars]
    return envelope(Page(items=shown, next_key=page.next_key), args)


def _calendar(rows: CalendarRows, args: dict[str, Any], now: datetime) -> dict[str, Any]:
    listing = rows.listing
    span = span_of(local_date(now, listing.time_zone), args.get("first"), args.get("until"))
    return {
        "listing_id": listing.id,
        "title": listing.title,
        "currency": listing.currency,
        "time_zone": listing.time_zone,
        "nights": show_nights(rows, *span, now=now, display=AS_IT_IS, for_owner=True),
    }
