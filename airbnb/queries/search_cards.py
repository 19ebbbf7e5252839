"""The serialised cards of hits: from Redis with one MGET, else from ``listing_cards``.

A card's key names its version, so what is found under it is always right.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import Connection, Table, select

from airbnb.extensions import shared_store
from airbnb.models.search import ListingCard
from airbnb.queries.search import HitRow
from airbnb.shared_store import StoreUnavailable

CARDS = cast(Table, ListingCard.__table__)
TTL_S = 3_600


def cards_of_hits(connection: Connection, rows: Sequence[HitRow]) -> dict[int, bytes]:
    """Return the cards of hits by listing; one that left search meanwhile is left out."""
    if not rows:
        return {}
    found = _recall(rows)
    missing = [row.id for row in rows if row.id not in found]
    if missing:
        loaded = connection.execute(select(CARDS).where(CARDS.c.id.in_(missing))).all()
        found |= {row.id: bytes(row.json) for row in loaded}
        _remember({_key(row.id, row.version): bytes(row.json) for row in loaded})
    return found


def _recall(rows: Sequence[HitRow]) -> dict[int, bytes]:
    keys = [_key(row.id, row.card_version) for row in rows]
    try:
        answers = cast("list[bytes | None]", shared_store().ask(lambda client: client.mget(keys)))
    except StoreUnavailable:
        return {}
    return {row.id: card for row, card in zip(rows, answers, strict=True) if card is not None}


def _remember(cards: Mapping[str, bytes]) -> None:
    for key, card in cards.items():
        shared_store().leave(("SET", key, card, "EX", TTL_S))


def _key(listing_id: int, version: int) -> str:
    return f"card:{listing_id}:{version}"
