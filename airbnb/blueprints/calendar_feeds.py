"""Calendars exchanged with other sites: a listing's own feed, imported ones, and where they clash."""

from functools import partial
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import PREFIX, Blueprint
from airbnb.blueprints.http.etags import name_etag
from airbnb.blueprints.http.identity import current_user, public, requires
from airbnb.blueprints.http.limits import limited
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain import clock
from airbnb.domain.errors import NotFound
from airbnb.domain.ical import calendar_text, uid_domain
from airbnb.domain.permissions import Permission
from airbnb.extensions import current_settings
from airbnb.models.calendar_feeds import CalendarConflict
from airbnb.queries import calendar_feeds as queries
from airbnb.queries.listings import get_listing_for_host
from airbnb.schemas.calendar_feeds import (
    ConflictSchema,
    ConflictsQuery,
    FeedCreateSchema,
    FeedSchema,
    FeedsSchema,
    FeedTokenQuery,
    FeedUrlSchema,
)
from airbnb.schemas.paging import page_of
from airbnb.services import calendar_feeds
from airbnb.services.calendar_export import note_change, read_own_feed, rotate_token
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.calendar_feeds import sync_feed

bp = Blueprint("calendar_feeds", __name__, description="Calendars of other sites")

LISTING = "/listings/<id:listing_id>"


@bp.route(f"{LISTING}/calendar.ics", methods=["GET"])
@public
@bp.arguments(FeedTokenQuery, location="query")
@bp.response(200, content_type="text/calendar", description="The taken nights")
@bp.alt_response(404, "NOT_FOUND")
def export_calendar(args: dict[str, Any], listing_id: int) -> Response:
    """Give other sites the taken nights as iCalendar; whoever has the token may ask."""
    now, domain = clock.now(), uid_domain(current_settings().public_url)
    with reading() as session:
        feed = read_own_feed(session, listing_id, token=args["token"], domain=domain, now=now)
    changed_at = in_transaction(partial(note_change, feed=feed, now=now)) if feed.is_news else feed.key.changed_at
    name_etag("calendar", listing_id, feed.content_hash)
    response = Response(calendar_text(feed.spans, now=now), content_type="text/calendar; charset=utf-8")
    response.last_modified = changed_at
    response.headers["Content-Disposition"] = 'attachment; filename="calendar.ics"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.route(f"{LISTING}/calendar-token", methods=["POST"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(201, FeedUrlSchema)
@bp.alt_response(404, "NOT_FOUND")
def rotate_calendar_token(listing_id: int) -> dict[str, str]:
    """Make a new address for the listing's feed, shown this once; the old one stops working."""
    host_id = current_user.id

    def work(session: Session) -> str:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id, lock=True)
        return rotate_token(session, listing, now=clock.now())

    token = in_transaction(work)
    return {"url": f"{current_settings().public_url}{PREFIX}/listings/{listing_id}/calendar.ics?token={token}"}


@bp.route(f"{LISTING}/calendar-feeds", methods=["GET"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(200, FeedsSchema)
@bp.alt_response(404, "NOT_FOUND")
def list_calendar_feeds(listing_id: int) -> dict[str, Any]:
    """List the imported calendars and how fetching each goes."""
    with reading() as session:
        get_listing_for_host(session, listing_id=listing_id, host_id=current_user.id)
        feeds = queries.list_feeds(session, listing_id)
        return {"data": [calendar_feeds.feed_dict(feed, now=clock.now()) for feed in feeds]}


@bp.route(f"{LISTING}/calendar-feeds", methods=["POST"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(FeedCreateSchema)
@bp.response(201, FeedSchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def add_calendar_feed(body: dict[str, Any], listing_id: int) -> dict[str, Any]:
    """Import another site's calendar from now on; it is fetched for the first time within minutes, or by ``sync``."""
    host_id = current_user.id

    def work(session: Session) -> dict[str, Any]:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id, lock=True)
        feed = calendar_feeds.add_feed(session, listing, now=clock.now(), **body)
        return calendar_feeds.feed_dict(feed, now=clock.now())

    return in_transaction(work)


@bp.route(f"{LISTING}/calendar-feeds/<id:feed_id>", methods=["DELETE"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(204)
@bp.alt_response(404, "NOT_FOUND")
def remove_calendar_feed(listing_id: int, feed_id: int) -> None:
    """Stop importing a calendar; the nights that it alone held become free."""
    host_id = current_user.id

    def work(session: Session) -> None:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id, lock=True)
        calendar_feeds.remove_feed(session, listing, feed_id, now=clock.now())

    in_transaction(work)


@bp.route(f"{LISTING}/calendar-feeds/<id:feed_id>/sync", methods=["POST"])
@limited("fetch")
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(200, FeedSchema)
@bp.alt_response(404, "NOT_FOUND")
def sync_calendar_feed(listing_id: int, feed_id: int) -> dict[str, Any]:
    """Fetch an imported calendar now; whether that worked is told in ``health``."""
    with reading() as session:
        get_listing_for_host(session, listing_id=listing_id, host_id=current_user.id)
        queries.get_feed(session, feed_id, listing_id=listing_id)
    feed = sync_feed(feed_id, is_forced=True)
    if feed is None:
        raise NotFound()
    return calendar_feeds.feed_dict(feed, now=clock.now())


@bp.route(f"{LISTING}/calendar-conflicts", methods=["GET"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.arguments(ConflictsQuery, location="query")
@bp.response(200, page_of(ConflictSchema))
@bp.alt_response(404, "NOT_FOUND")
def list_calendar_conflicts(args: dict[str, Any], listing_id: int) -> dict[str, Any]:
    """List where imported calendars clash with bookings, newest first."""
    with reading() as session:
        get_listing_for_host(session, listing_id=listing_id, host_id=current_user.id)
        page = queries.list_conflicts(session, listing_id, page_request(args), is_open=args.get("open"))
    return envelope(page, args)


@bp.route("/calendar-conflicts/<id:conflict_id>/resolve", methods=["POST"])
@requires(Permission.MANAGE_OWN_LISTINGS)
@bp.response(200, ConflictSchema)
@bp.alt_response(404, "NOT_FOUND")
def resolve_calendar_conflict(conflict_id: int) -> CalendarConflict:
    """Note that a clash is dealt with; neither the booking nor the feed changes."""
    host_id = current_user.id

    def work(session: Session) -> CalendarConflict:
        conflict = queries.get_conflict_for_host(session, conflict_id, host_id=host_id)
        calendar_feeds.resolve(session, conflict, now=clock.now())
        return conflict

    return in_transaction(work)
