"""A listing's calendar: what each night says to guests and to its host, and what the host sets."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.calendar_changes import RangeChange
from airbnb.domain.calendar_rules import (
    MAX_BOOKING_WINDOW_DAYS,
    earliest_check_in,
    latest_check_out,
    may_check_in,
    may_check_out,
    min_nights_on,
)
from airbnb.domain.errors import InvalidTransition, ValidationFailed
from airbnb.domain.listing_rules import NightBooked
from airbnb.domain.pricing import night_price
from airbnb.domain.statuses import ListingStatus, NightKind
from airbnb.domain.stays import earliest_date_on_earth, local_date, local_now, nights_between
from airbnb.models.calendar import CalendarOverride
from airbnb.models.listings import Listing
from airbnb.queries import calendar as queries
from airbnb.queries.calendar import CalendarRows
from airbnb.services.display_prices import Display
from airbnb.services.feed_nights import reclaim
from airbnb.services.listing_rules import price_rules, stay_rules
from airbnb.services.search_projection import mark_nights, refresh_listing

DEFAULT_NIGHTS = 90
MAX_NIGHTS_SHOWN = 400
#: How far ahead a host may set nights: the longest booking window and the preparation after it.
MAX_DAYS_AHEAD = MAX_BOOKING_WINDOW_DAYS + 8


def show_nights(
    rows: CalendarRows, first: date, until: date, *, now: datetime, display: Display, for_owner: bool
) -> list[dict[str, Any]]:
    """Return every night of ``[first, until)`` in the shape of ``NightSchema``.

    A night is available when a stay booked now may hold it: free, not too soon and not too far.
    """
    listing = rows.listing
    rules = stay_rules(listing, rows.facts)
    prices = None if listing.nightly_price_minor is None else price_rules(listing, rows.facts)
    there = local_now(now, listing.time_zone)
    earliest, latest = earliest_check_in(rules, there), latest_check_out(rules, there)
    nights = []
    for night in nights_between(first, until):
        free = night not in rows.taken
        shown: dict[str, Any] = {
            "night": night,
            "available": free and earliest <= night < latest,
            "price": None if prices is None else display.money(night_price(night, prices), listing.currency),
            "min_nights": min_nights_on(night, rules),
            "max_nights": listing.max_nights,
            "check_in_allowed": free and may_check_in(night, rules, there),
            "check_out_allowed": may_check_out(night, rules, there),
        }
        nights.append({**shown, **_owners_part(rows, night)} if for_owner else shown)
    return nights


def _owners_part(rows: CalendarRows, night: date) -> dict[str, Any]:
    taken, note = rows.taken.get(night), rows.notes.get(night)
    if taken is None:
        return {"reason": None, "booking_id": None, "feed_id": None, "note": note}
    return {
        "reason": taken.kind,
        "booking_id": taken.booking_id,
        "feed_id": taken.feed_id,
        "note": note if taken.note is None else taken.note,
    }


def span_of(today: date, first: date | None, until: date | None) -> tuple[date, date]:
    """Return the span asked for: ninety nights from today unless told otherwise.

    Raises: ValidationFailed for a reversed or too long one.
    """
    first = first or today
    until = until or first + timedelta(days=DEFAULT_NIGHTS)
    if until <= first:
        raise ValidationFailed({"to": ["The end comes after the start."]})
    if (until - first).days > MAX_NIGHTS_SHOWN:
        raise ValidationFailed({"to": [f"At most {MAX_NIGHTS_SHOWN} nights at once."]})
    return first, until


def widest_span(now: datetime, first: date | None, until: date | None) -> tuple[date, date]:
    """Return a span that holds ``span_of`` wherever on earth the listing is. Raises: ValidationFailed."""
    start, end = span_of(earliest_date_on_earth(now), first, until)
    return start, end if until else end + timedelta(days=2)


def set_calendar(session: Session, listing: Listing, ranges: Sequence[RangeChange], *, now: datetime) -> None:
    """Set prices, shortest stays, notes and blocks; all of it or nothing. Where ranges overlap the later one holds.

    Needs: the listing's row is locked.
    Raises: ValidationFailed for the past, the far future or another currency; NightBooked with ``nights``.
    Writes: overrides, blocks, and search.
    """
    if listing.status is ListingStatus.ARCHIVED:
        raise InvalidTransition(**{"from": listing.status.value, "to": listing.status.value})
    _check_ranges(listing, ranges, today=local_date(now, listing.time_zone))
    overrides: dict[date, dict[str, Any]] = {}
    available: dict[date, bool] = {}
    for change in ranges:
        for night in change.nights:
            overrides.setdefault(night, {}).update(change.overrides)
            if change.available is not None:
                available[night] = change.available
    blocked, freed = _set_blocks(session, listing, available)
    if _set_overrides(session, listing.id, overrides):
        session.flush()
        if listing.status is ListingStatus.PUBLISHED:
            refresh_listing(session, listing.id)
        return
    mark_nights(session, listing.id, blocked, True)
    mark_nights(session, listing.id, freed, False)


def _check_ranges(listing: Listing, ranges: Sequence[RangeChange], *, today: date) -> None:
    whole = max(change.until for change in ranges) - min(change.first for change in ranges)
    if whole.days > MAX_NIGHTS_SHOWN:
        raise ValidationFailed({"ranges": [f"At most {MAX_NIGHTS_SHOWN} nights from first to last at once."]})
    for index, change in enumerate(ranges):
        if change.first < today:
            raise ValidationFailed({f"ranges.{index}.from": ["This date is in the past."]})
        if change.until <= change.first:
            raise ValidationFailed({f"ranges.{index}.to": ["The end comes after the start."]})
        if change.until > today + timedelta(days=MAX_DAYS_AHEAD):
            raise ValidationFailed({f"ranges.{index}.to": [f"At most {MAX_DAYS_AHEAD} days ahead."]})
        if change.currency not in (None, listing.currency):
            raise ValidationFailed({f"ranges.{index}.price.currency": [f"Prices here are in {listing.currency}."]})


def _set_blocks(session: Session, listing: Listing, available: Mapping[date, bool]) -> tuple[list[date], list[date]]:
    """Add and remove the host's blocks; return the nights that became taken and those that became free."""
    if not available:
        return [], []
    kinds = queries.taken_kinds(session, listing.id, list(available))
    closing = [night for night, is_open in available.items() if not is_open]
    booked = sorted(night for night in closing if kinds.get(night) is NightKind.BOOKING)
    if booked:
        raise NightBooked(nights=[night.isoformat() for night in booked])
    new = [night for night in closing if night not in kinds]
    queries.add_blocks(session, listing.id, new)
    queries.take_over_preparation(session, listing.id, closing)
    opening = [night for night, is_open in available.items() if is_open and kinds.get(night) is NightKind.BLOCK]
    if not opening:
        return new, []
    queries.remove_blocks(session, listing.id, opening)
    # Another site may hold a night as well, and goes before preparation.
    held = reclaim(session, listing.id, opening)
    opening = [night for night in opening if night not in held]
    kept = _prepare_again(session, listing, opening) if opening else set()
    return new, [night for night in opening if night not in kept]


def _prepare_again(session: Session, listing: Listing, opened: Sequence[date]) -> set[date]:
    """Keep nights free that a block had taken over from the preparation after a stay; return them."""
    days = listing.preparation_days
    if not days:
        return set()
    first, until = min(opened) - timedelta(days=days - 1), max(opened) + timedelta(days=1)
    check_outs = queries.live_check_outs(session, listing.id, first, until)
    kept: dict[date, int] = {}
    for check_out, booking_id in sorted(check_outs.items()):
        for night in nights_between(check_out, check_out + timedelta(days=days)):
            if night in opened:
                kept.setdefault(night, booking_id)
    queries.add_preparation(session, listing.id, kept.items())
    return set(kept)


def _set_overrides(session: Session, listing_id: int, changes: Mapping[date, Mapping[str, Any]]) -> bool:
    """Write what nights have of their own; say whether anything was asked for."""
    changes = {night: change for night, change in changes.items() if change}
    if not changes:
        return False
    present = queries.list_overrides(session, listing_id, list(changes))
    for night, change in sorted(changes.items()):
        row = present.get(night)
        before = {name: getattr(row, name) for name in ("price_minor", "min_nights", "note")} if row else {}
        values = {**before, **change}
        if all(value is None for value in values.values()):
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(CalendarOverride(listing_id=listing_id, night=night, **values))
        else:
            for name, value in change.items():
                setattr(row, name, value)
    return True
