"""Decides what an import does with each row: add, change, or leave alone. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from airbnb.domain.inside_airbnb import SOURCE, ImportedListing
from airbnb.domain.statuses import ListingStatus
from airbnb.queries import listing_import as queries
from airbnb.services.listing_import.columns import bits_of, file_columns

HOST_ADDRESS = "host-{key}@import.invalid"
#: Listings that somebody has put away: a file doesn't bring them back.
PUT_AWAY = (ListingStatus.ARCHIVED, ListingStatus.SUSPENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the file says differently of a listing that was imported before."""

    old: RowMapping
    imported: ImportedListing
    columns: Mapping[str, Any]
    new_bits: frozenset[int] | None

    @property
    def publishes(self) -> bool:
        """Whether a draft got the price that it lacked."""
        return self.old["status"] is ListingStatus.DRAFT and self.columns["nightly_price_minor"] is not None

    @property
    def moves(self) -> bool:
        """Whether the place lies elsewhere now."""
        return any(self.columns[name] != self.old[name] for name in ("latitude_e6", "longitude_e6"))


@dataclass(slots=True, kw_only=True)
class Plan:
    """What is to be done with one batch of rows.

    Shape: ``hosts`` maps addresses to account ids, None for accounts to be made; ``refused`` and ``notes`` pair
    row numbers with reasons.
    """

    new: list[ImportedListing] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    hosts: dict[str, int | None] = field(default_factory=dict)
    refused: list[tuple[int, str]] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)

    @property
    def published(self) -> int:
        """How many new listings guests will find."""
        return sum(imported.draft.nightly_price_minor is not None for imported in self.new)


def host_address(key: str) -> str:
    """Return the address that stands for a host of the source; no mail can reach it."""
    return HOST_ADDRESS.format(key=key)


def plan_import(session: Session, batch: Sequence[ImportedListing], *, lock: bool) -> Plan:
    """Compare a batch with what was imported before.

    Locks: the listings found, when asked to.
    """
    olds = queries.find_imported(session, source=SOURCE, keys=[imported.key for imported in batch], lock=lock)
    old_bits = queries.amenity_bits(session, [old["id"] for old in olds.values()])
    plan = Plan()
    for imported in batch:
        old = olds.get(imported.key)
        if old is None:
            plan.new.append(imported)
        else:
            _compare(plan, imported, old, old_bits.get(old["id"], frozenset()))
    addresses = {host_address(imported.host_key) for imported in plan.new}
    found = queries.find_users_by_email(session, addresses)
    plan.hosts = {address: found.get(address) for address in sorted(addresses)}
    return plan


def _compare(plan: Plan, imported: ImportedListing, old: RowMapping, old_bits: frozenset[int]) -> None:
    if old["status"] in PUT_AWAY:
        plan.unchanged += 1
        plan.notes.append((imported.row, f"the listing is {old['status'].value}: left alone"))
        return
    draft = imported.draft
    if draft.currency != old["currency"] and old["nightly_price_minor"] is not None:
        plan.refused.append((imported.row, f"the listing's prices are in {old['currency']} already"))
        return
    if draft.nightly_price_minor is None and old["nightly_price_minor"] is not None:
        plan.notes.append((imported.row, "price missing by now: the old one stays"))
    columns = file_columns(draft, old)
    bits = bits_of(draft)
    change = Change(old=old, imported=imported, columns=columns, new_bits=bits if bits != old_bits else None)
    if change.new_bits is None and not change.publishes and all(old[name] == columns[name] for name in columns):
        plan.unchanged += 1
    else:
        plan.changes.append(change)
