"""Carries out what was planned for a batch of rows, in a constant number of statements."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause, by_system
from airbnb.domain.ids import new_id
from airbnb.domain.inside_airbnb import ImportedListing
from airbnb.domain.statuses import ListingStatus
from airbnb.models.listings import Listing
from airbnb.queries import listing_import as queries
from airbnb.queries.transitions import move, record_starts
from airbnb.services.listing_import.columns import PLACE, bits_of, new_columns, place_columns
from airbnb.services.listing_import.plans import Change, Plan, host_address
from airbnb.services.search_projection import refresh_listings

REASON = "import"
FIRST_NAME = "Host {key}"


def carry_out(session: Session, plan: Plan, *, now: datetime, location_secret: str) -> None:
    """Write a planned batch: hosts, listings with their history, amenities and what search shows.

    Rows with a price are published whatever else they lack, and whatever ``LISTING_REVIEW`` says: who runs an import
    is trusted with what is in it.
    Needs: the plan was made in this transaction.
    """
    cause = by_system(now=now, reason=REASON)
    hosts = _host_ids(session, plan, now)
    added = {new_id(): imported for imported in plan.new}
    _insert(session, added, hosts, cause, location_secret)
    _update(session, plan.changes, cause, location_secret)
    shown = [row_id for row_id, imported in added.items() if imported.draft.nightly_price_minor is not None]
    shown += [
        change.old["id"]
        for change in plan.changes
        if change.publishes or change.old["status"] is ListingStatus.PUBLISHED
    ]
    if shown:
        refresh_listings(session, shown)


def _host_ids(session: Session, plan: Plan, now: datetime) -> dict[str, int]:
    names = {
        host_address(imported.host_key): FIRST_NAME.format(key=imported.host_key)
        for imported in plan.new
        if plan.hosts[host_address(imported.host_key)] is None
    }
    currency = plan.new[0].draft.currency if plan.new else ""
    made = queries.insert_hosts(session, names, currency=currency, now=now)
    return {**{address: user_id for address, user_id in plan.hosts.items() if user_id is not None}, **made}


def _insert(
    session: Session, added: Mapping[int, ImportedListing], hosts: Mapping[str, int], cause: Cause, secret: str
) -> None:
    rows = [_row(row_id, imported, hosts, cause, secret) for row_id, imported in added.items()]
    queries.insert_listings(session, rows)
    queries.insert_amenities(session, {row_id: bits_of(imported.draft) for row_id, imported in added.items()})
    record_starts(session, Listing, {row["id"]: row["status"] for row in rows}, cause=cause)


def _row(row_id: int, imported: ImportedListing, hosts: Mapping[str, int], cause: Cause, secret: str) -> dict[str, Any]:
    draft = imported.draft
    published = draft.nightly_price_minor is not None
    return {
        "id": row_id,
        "host_id": hosts[host_address(imported.host_key)],
        "status": ListingStatus.PUBLISHED if published else ListingStatus.DRAFT,
        "published_at": cause.at if published else None,
        "created_at": cause.at,
        "updated_at": cause.at,
        "version": 1,
        **new_columns(draft),
        **place_columns(draft, row_id, secret),
    }


def _update(session: Session, changes: list[Change], cause: Cause, secret: str) -> None:
    columns = {}
    for change in changes:
        listing_id = change.old["id"]
        place = {name: change.old[name] for name in PLACE}
        if change.moves:
            place = place_columns(change.imported.draft, listing_id, secret)
        columns[listing_id] = {**change.columns, **place}
    queries.update_listings(session, columns, now=cause.at)
    queries.replace_amenities(
        session, {change.old["id"]: change.new_bits for change in changes if change.new_bits is not None}
    )
    for change in changes:
        if change.publishes:
            first_time = {"published_at": cause.at} if change.old["published_at"] is None else {}
            new = ListingStatus.PUBLISHED
            move(session, Listing, change.old["id"], old=ListingStatus.DRAFT, new=new, cause=cause, **first_time)
