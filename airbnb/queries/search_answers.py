"""Answers to anonymous searches, kept for a minute in the shared store as the bytes that are sent.

Only searches without dates and in the listings' own currencies: nothing of their answers depends on the hour, the
calendar or an exchange rate. An answer carries the versions that the cells of its area had *before* the database was
read, and counts only while they are still the cells' versions; a change of what search shows gives its cell a new
one, on every level, when its transaction has ended. So a slow reader keeps an answer that nobody is given. A process
that dies in between, or can't reach the store, leaves an answer standing for ``LIFETIME_S`` at most.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, cast

import orjson
import redis
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from airbnb import metrics
from airbnb.domain.geo.coordinates import Box
from airbnb.domain.geo.zorder import cell_of, cells_touched
from airbnb.extensions import shared_store
from airbnb.shared_store import Command, StoreUnavailable, ask_one

LIFETIME_S = 60
#: Outlives every answer that carries no version of the cell, from before it had one.
VERSION_LIFETIME_S = 10 * LIFETIME_S
#: Rows of cells on the globe as powers of two, the finest last: from all of it to a tenth of a degree of latitude.
LEVELS = (0, 3, 5, 7, 9, 11)
MOST_CELLS = 4
#: Of more places at once every kept answer ends: cheaper, and it hardly happens outside of imports and nightly jobs.
MOST_PLACES = 50
EVERYWHERE = "answers:everywhere"
#: What makes an answer one for its moment or its reader.
NEVER_KEPT = ("check_in", "month", "currency")
NOTED = "search_places_changed"

#: Gives the answer when every version in its first line is still right, else the versions of the cells asked about.
RECALL = """
local function kept()
    local entry = redis.call('get', KEYS[1])
    if not entry then return false end
    local line = string.find(entry, '\\n', 1, true)
    for key, version in string.gmatch(string.sub(entry, 1, line - 1), '(%S+)=(%S+)') do
        if (redis.call('get', key) or '0') ~= version then return false end
    end
    return string.sub(entry, line + 1)
end
local answer = kept()
if answer then return answer end
local versions = {}
for index = 2, #KEYS do versions[index - 1] = redis.call('get', KEYS[index]) or '0' end
return versions
"""

Versions = dict[str, bytes]


class Recalled(NamedTuple):
    """An answer that is kept and still right, or the versions of the cells of its area, as far as it is known."""

    body: bytes | None
    versions: Versions | None


def name_of_answer(path: str, args: Mapping[str, Any]) -> str | None:
    """Return what an answer is kept under, the same however the query was written; None for one that is never kept.

    Needs: ``args`` as ``FilterQuery`` loads them, without what says nothing.
    """
    if any(name in args for name in NEVER_KEPT):
        return None
    asked = orjson.dumps([path, dict(args)], option=orjson.OPT_SORT_KEYS)
    return f"answers:{hashlib.sha256(asked).hexdigest()[:40]}"


def recall_command(name: str, area: Box | None) -> Command:
    """Return what asks the store for an answer, and for the versions of its area in case it is not kept."""
    keys = _versioned(area)
    return "EVAL", RECALL, 1 + len(keys), name, *keys


def read_recalled(reply: bytes | list[bytes], area: Box | None) -> Recalled:
    """Return what the store said to ``recall_command``."""
    metrics.CACHE_LOOKUPS.labels("searches", "hit" if isinstance(reply, bytes) else "miss").inc()
    if isinstance(reply, bytes):
        return Recalled(reply, None)
    return Recalled(None, dict(zip(_versioned(area), reply, strict=True)))


def recall_answer(name: str, area: Box | None) -> Recalled:
    """Do both in one trip; of no use without the store."""
    command = recall_command(name, area)
    try:
        reply = shared_store().ask(lambda client: ask_one(client, command))
    except StoreUnavailable:
        return Recalled(None, None)
    return read_recalled(cast("bytes | list[bytes]", reply), area)


def versions_over(area: Box | None) -> Versions | None:
    """Return the present versions of the cells of an area, of the globe for None; None without a store."""
    keys = _versioned(area)
    try:
        versions = cast("list[bytes | None]", shared_store().ask(lambda client: client.mget(keys)))
    except StoreUnavailable:
        return None
    return {key: version or b"0" for key, version in zip(keys, versions, strict=True)}


def remember_answer(name: str, body: bytes, versions: Mapping[str, bytes]) -> None:
    """Keep an answer, from the next trip on. Needs: the versions were read before the database was."""
    line = b" ".join(b"%s=%s" % (key.encode(), version) for key, version in versions.items())
    shared_store().leave(("SET", name, line + b"\n" + body, "EX", LIFETIME_S))


def _versioned(area: Box | None) -> list[str]:
    return [EVERYWHERE, *_keys_over(area)]


def note_changed_places(session: Session, places: Collection[int]) -> None:
    """Note that the transaction changes what search shows at some places, by their keys."""
    session.info.setdefault(NOTED, set()).update(places)


def end_answers(places: Collection[int] | None) -> None:
    """End every answer about an area with one of these places; with None every answer there is."""
    if places is None or len(places) > MOST_PLACES:
        keys = {EVERYWHERE}
    else:
        keys = {_key(level, cell_of(z, level)) for z in places for level in LEVELS}

    # Not a number counted up: after its lifetime it would begin anew, and meet an answer that carries it.
    version = secrets.token_hex(8)

    def question(client: redis.Redis) -> None:
        pipe = client.pipeline(transaction=False)
        for key in sorted(keys):
            pipe.set(key, version, ex=VERSION_LIFETIME_S)
        pipe.execute()

    try:
        shared_store().ask(question)
    except StoreUnavailable:
        return


def _keys_over(area: Box | None) -> list[str]:
    """Return the keys of the finest cells that are few enough."""
    for level in reversed(LEVELS):
        cells = None if area is None else cells_touched(area, level, MOST_CELLS)
        if cells is not None:
            return [_key(level, cell) for cell in cells]
    return [_key(0, 0)]


def _key(level: int, cell: int) -> str:
    return f"answers:cell:{level}:{cell}"


@event.listens_for(Session, "after_transaction_end")
def _end_answers_noted(session: Session, transaction: SessionTransaction) -> None:
    # Not after_commit, which savepoints have as well. Ending them after a rollback only costs an answer.
    if transaction.parent is None and (places := session.info.pop(NOTED, None)):
        end_answers(places)
