"""Rows of an import in bulk: what was imported before, and what is written now."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Integer, RowMapping, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import ListingStatus, UserStatus
from airbnb.models.listings import Listing, ListingAmenity
from airbnb.models.users import User, UserRole

LISTINGS = cast(Table, Listing.__table__)
AMENITIES = cast(Table, ListingAmenity.__table__)
USERS = cast(Table, User.__table__)
ROLES = cast(Table, UserRole.__table__)


def find_imported(session: Session, *, source: str, keys: Collection[str], lock: bool) -> dict[str, RowMapping]:
    """Return the listings that came from these rows of the source, by key.

    Locks: the rows in ascending order, when asked to.
    """
    statement = (
        select(LISTINGS)
        .where(LISTINGS.c.import_source == source, LISTINGS.c.import_key.in_(keys))
        .order_by(LISTINGS.c.id)
    )
    rows = session.execute(statement.with_for_update() if lock else statement).mappings()
    return {row["import_key"]: row for row in rows}


def amenity_bits(session: Session, listing_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Return the amenities of some listings."""
    found: dict[int, set[int]] = defaultdict(set)
    for row in session.execute(select(AMENITIES).where(AMENITIES.c.listing_id.in_(listing_ids))):
        found[row.listing_id].add(row.amenity_id)
    return {listing_id: frozenset(bits) for listing_id, bits in found.items()}


def find_users_by_email(session: Session, emails: Collection[str]) -> dict[str, int]:
    """Return the ids of the accounts with these addresses."""
    rows = session.execute(select(USERS.c.email, USERS.c.id).where(USERS.c.email.in_(emails)))
    return {row.email: row.id for row in rows}


def insert_hosts(session: Session, names: Mapping[str, str], *, currency: str, now: datetime) -> dict[str, int]:
    """Open accounts that nobody can sign in to, and return their ids by address. Shape: address -> first name."""
    if not names:
        return {}
    ids = {email: new_id() for email in names}
    session.execute(
        insert(USERS),
        [
            {
                "id": ids[email],
                "email": email,
                "first_name": name,
                "currency": currency,
                "status": UserStatus.ACTIVE,
                "created_at": now,
                "updated_at": now,
                "version": 1,
            }
            for email, name in names.items()
        ],
    )
    roles = [{"user_id": user_id, "role": role} for user_id in ids.values() for role in (Role.GUEST, Role.HOST)]
    session.execute(insert(ROLES), roles)
    return ids


def insert_listings(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add listings; every row has the same columns."""
    if rows:
        session.execute(insert(LISTINGS), list(rows))


def update_listings(session: Session, changes: Mapping[int, Mapping[str, Any]], *, now: datetime) -> None:
    """Write the same columns of many listings, and move their versions. Shape: id -> columns."""
    if not changes:
        return
    names = next(iter(changes.values())).keys()
    statement = (
        update(LISTINGS)
        .where(LISTINGS.c.id == bindparam("row_id"))
        .values(
            **{name: bindparam(f"new_{name}", type_=LISTINGS.c[name].type) for name in names},
            updated_at=now,
            version=LISTINGS.c.version + 1,
        )
    )
    rows = [
        {"row_id": listing_id, **{f"new_{name}": value for name, value in columns.items()}}
        for listing_id, columns in sorted(changes.items())
    ]
    session.connection().execute(statement, rows)


def replace_amenities(session: Session, bits: Mapping[int, Collection[int]]) -> None:
    """Give some listings exactly these amenities. Shape: listing id -> amenity ids."""
    if not bits:
        return
    session.execute(delete(AMENITIES).where(AMENITIES.c.listing_id.in_(bits.keys())))
    insert_amenities(session, bits)


def insert_amenities(session: Session, bits: Mapping[int, Collection[int]]) -> None:
    """Add amenities to listings that have none. Shape: listing id -> amenity ids."""
    rows = [{"listing_id": listing_id, "amenity_id": bit} for listing_id, some in bits.items() for bit in sorted(some)]
    if rows:
        session.execute(insert(AMENITIES), rows)


def box_of_city(session: Session, *, source: str, city: str, country_code: str) -> Sequence[int] | None:
    """Return south, west, north and east of the published listings imported for a city, or None without any.

    Units: millionths of a degree, of the public locations.
    """
    lat, lng = LISTINGS.c.public_latitude_e6, LISTINGS.c.public_longitude_e6
    row = session.execute(
        select(
            func.min(lat, type_=Integer),
            func.min(lng, type_=Integer),
            func.max(lat, type_=Integer),
            func.max(lng, type_=Integer),
        ).where(
            LISTINGS.c.import_source == source,
            LISTINGS.c.city == city,
            LISTINGS.c.country_code == country_code,
            LISTINGS.c.status == ListingStatus.PUBLISHED,
        )
    ).one()
    return None if row[0] is None else tuple(row)
