"""Calendars of other sites at the dashboard: how fetching them goes, and where they clash with bookings."""

from typing import Any

from airbnb.admin import formats
from airbnb.admin.filters import HasHealth, IsOpen
from airbnb.admin.views import StaffView
from airbnb.domain.permissions import Permission
from airbnb.models.calendar_feeds import CalendarConflict, CalendarFeed
from airbnb.services.calendar_feeds import health_of


def _health(view: Any, context: Any, row: CalendarFeed, name: str) -> Any:
    return formats.badge(health_of(row))


class FeedsView(StaffView):
    """Imported calendars and how fetching them goes; their addresses are their hosts' secrets."""

    needs = Permission.SEE_LISTINGS
    is_small = True
    column_list = (
        "id",
        "health",
        "name",
        "listing",
        "last_success_at",
        "age",
        "next_sync_at",
        "error",
    )
    column_details_list = (
        *column_list,
        "failures",
        "event_count",
        "last_tried_at",
        "last_read_at",
        "created_at",
        "updated_at",
    )
    column_searchable_list = ("name", "error", "listing.title")
    column_filters = (
        HasHealth(CalendarFeed.error, CalendarFeed.last_success_at),
        "listing_id",
        "failures",
        "error",
        "last_success_at",
        "next_sync_at",
    )
    column_sortable_list = ("id", "failures", "last_success_at", "next_sync_at")
    column_labels = {
        "last_success_at": "Last success",
        "age": "Age",
        "error": "Last error",
        "failures": "Failures in a row",
        "next_sync_at": "Next run",
        "event_count": "Events",
        "last_tried_at": "Last try",
        "last_read_at": "Last read whole",
        "listing.title": "Listing",
    }
    column_formatters = {
        "health": _health,
        "listing": formats.link_to("listings", "listing", "title"),
        "age": formats.age("last_success_at"),
        "error": formats.text,
        "created_at": formats.instant,
        "updated_at": formats.instant,
        "last_success_at": formats.instant,
        "last_tried_at": formats.instant,
        "last_read_at": formats.instant,
        "next_sync_at": formats.instant,
    }


class ConflictsView(StaffView):
    """Events of other sites' calendars that want nights of a booking; their hosts settle them."""

    needs = Permission.SEE_BOOKINGS
    is_small = True
    column_list = (
        "id",
        "state",
        "listing",
        "booking",
        "feed",
        "starts_on",
        "ends_on",
        "created_at",
        "age",
        "resolution",
        "resolved_at",
    )
    column_details_list = (*column_list, "updated_at")
    column_searchable_list = ("listing.title", "booking.code", "feed.name")
    column_filters = (
        IsOpen(CalendarConflict.resolved_at),
        "listing_id",
        "booking_id",
        "feed_id",
        "resolution",
        "created_at",
        "resolved_at",
    )
    column_sortable_list = ("id", "created_at", "resolved_at")
    column_labels = {
        "starts_on": "From",
        "ends_on": "Until",
        "created_at": "Found",
        "age": "Open for",
        "resolution": "Resolved",
        "listing.title": "Listing",
        "booking.code": "Booking",
        "feed.name": "Feed",
    }
    column_formatters = {
        "state": formats.openness("resolved_at"),
        "listing": formats.link_to("listings", "listing", "title"),
        "booking": formats.link_to("bookings", "booking", "code"),
        "feed": formats.link_to("feeds", "feed", "name"),
        "resolution": formats.word,
        "age": formats.age("created_at", until="resolved_at"),
        "created_at": formats.instant,
        "updated_at": formats.instant,
        "resolved_at": formats.instant,
    }
