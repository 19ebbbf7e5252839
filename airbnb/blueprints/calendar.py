"""A listing's calendar: shown to everybody, set by its owner."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, optional_user, public, requires
from airbnb.domain import clock
from airbnb.domain.permissions import Permission
from airbnb.domain.stays import local_date
from airbnb.queries.calendar import get_calendar
from airbnb.queries.listings import get_listing_for_host
from airbnb.schemas.calendar import CalendarChangeSchema, CalendarQuery, CalendarSchema
from airbnb.services.calendar import set_calendar, show_nights, span_of, widest_span
from airbnb.services.display_prices import display_in
from airbnb.unit_of_work import in_transaction, reading

bp = Blueprint("calendar", __name__, url_prefix="/listings/<id:listing_id>/calendar", description="Calendars")


class _DryRun(Exception):
    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__("given up on purpose")
        self.body = body


@bp.route("", methods=["GET"])
@public
@bp.arguments(CalendarQuery, location="query")
@bp.response(200, CalendarSchema)
@bp.alt_response(404, "NOT_FOUND")
def show_calendar(args: dict[str, Any], listing_id: int) -> dict[str, Any]:
    """Show the nights of a span; why one is taken only to the owner and staff."""
    with reading() as session:
        return _calendar(session, listing_id, args.get("first"), args.get("until"), currency=args.get("currency"))


@bp.route("", methods=["PUT"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(CalendarChangeSchema)
@bp.response(200, CalendarSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def change_calendar(body: dict[str, Any], listing_id: int) -> dict[str, Any]:
    """Set prices, shortest stays, notes and blocks of nights, all or nothing; a dry run shows what would be."""
    host_id, ranges = current_user.id, body["ranges"]
    first, until = min(change.first for change in ranges), max(change.until for change in ranges)

    def work(session: Session) -> dict[str, Any]:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id, lock=True)
        set_calendar(session, listing, ranges, now=clock.now())
        session.flush()
        shown = _calendar(session, listing_id, first, until)
        if body["dry_run"]:
            raise _DryRun(shown)
        return shown

    try:
        return in_transaction(work)
    except _DryRun as outcome:
        return outcome.body


def _calendar(
    session: Session, listing_id: int, first: date | None, until: date | None, *, currency: str | None = None
) -> dict[str, Any]:
    user = optional_user()
    viewer_id, is_staff = (user.id, user.may(Permission.SEE_LISTINGS)) if user else (None, False)
    # Which day it is at the listing is known once the listing is: a little more is read than shown.
    widest = widest_span(clock.now(), first, until)
    rows = get_calendar(session, listing_id, *widest, viewer_id=viewer_id, is_staff=is_staff)
    listing = rows.listing
    shown = span_of(local_date(clock.now(), listing.time_zone), first, until)
    display = display_in(session, currency, unless=listing.currency)
    converted = display.rate_from(listing.currency) is not None
    nights = show_nights(
        rows, *shown, now=clock.now(), display=display, for_owner=is_staff or listing.host_id == viewer_id
    )
    meta = {
        "time_zone": listing.time_zone,
        "currency": currency if converted else listing.currency,
        "converted": converted,
    }
    return {"data": nights, "meta": meta}
