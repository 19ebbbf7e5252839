"""Whose session is live, kept in the shared store so that a request need not ask the database, and never too long.

Each entry carries the version that its user had *before* the database was read, and counts only while that is still
the user's version. A transaction that ends a session, suspends somebody or changes a role takes the version away just
before it commits. So a reader that was slow stores an entry that nobody believes, and a process that dies between the
two steps leaves a user who is looked up in the database for a while: nothing brings an ended session back.

Without the store every request asks the database. A process that can't reach the store while it ends a session says so
as soon as it can; until then others may believe an entry for ``ENTRY_TTL_S`` at most.
"""

import dataclasses
import logging
import secrets
import threading
from collections.abc import Iterable
from typing import Any, NamedTuple, cast

import orjson
import redis
from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction

from airbnb import metrics
from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import UserStatus
from airbnb.extensions import shared_store
from airbnb.models.second_factors import TotpFactor
from airbnb.models.users import User, UserRole, UserSession
from airbnb.queries.identity import Identity
from airbnb.shared_store import StoreUnavailable

logger = logging.getLogger(__name__)

ENTRY_TTL_S = 30
VERSION_TTL_S = 86_400
#: Longer than any COMMIT can take: while it stands, readers ask the database and store nothing.
CLOSED_TTL_S = 30
CLOSED = b"closed"
NOTED = "identities_changed"
#: What an identity is made of, beside the user.
PARTS = (UserSession, UserRole, TotpFactor)

#: Users whose versions could not be taken away, to be told to the store when it is back.
_untold: set[int] = set()
_lock = threading.Lock()


class Recall(NamedTuple):
    """What the store knows: an identity; or the version under which one may be stored, if any."""

    identity: Identity | None
    version: bytes | None


def recall(*, session_id: int, user_id: int) -> Recall:
    """Return the identity that the store holds for a token's session, or the version to store it under."""
    _tell_late()

    def question(client: redis.Redis) -> Recall:
        found = client.mget(_entry_key(session_id), _version_key(user_id))
        entry, version = cast("list[bytes | None]", found)
        if version is None:
            version = _new_version(client, user_id)
        if version == CLOSED:
            return Recall(None, None)
        return Recall(_decode(entry, version, session_id, user_id), version)

    try:
        recalled = shared_store().ask(question)
    except StoreUnavailable:
        return Recall(None, None)
    metrics.CACHE_LOOKUPS.labels("identities", "miss" if recalled.identity is None else "hit").inc()
    return recalled


def remember(identity: Identity, version: bytes | None) -> None:
    """Store what the database said. Needs: ``version`` was recalled before the database was read."""
    if version is None or identity.status is not UserStatus.ACTIVE:
        return
    text = orjson.dumps({**dataclasses.asdict(identity), "roles": sorted(identity.roles), "version": version.decode()})
    try:
        shared_store().ask(lambda client: client.set(_entry_key(identity.session_id), text, ex=ENTRY_TTL_S))
    except StoreUnavailable:
        return


def note_change(session: Session, user_id: int) -> None:
    """Note that the transaction changes what a user may do; call it beside every UPDATE that bypasses the ORM."""
    session.info.setdefault(NOTED, set()).add(user_id)


def forget(user_ids: Iterable[int]) -> None:
    """Take the versions of users away, now or as soon as the store is back."""
    with _lock:
        _untold.update(user_ids)
    _tell_late()


def _tell_late() -> None:
    if not _untold:
        return
    with _lock:
        waiting = set(_untold)

    def question(client: redis.Redis) -> None:
        pipe = client.pipeline(transaction=False)
        for user_id in waiting:
            pipe.set(_version_key(user_id), CLOSED, ex=CLOSED_TTL_S)
        pipe.execute()

    try:
        shared_store().ask(question)
    except StoreUnavailable:
        return
    with _lock:
        _untold.difference_update(waiting)


def _new_version(client: redis.Redis, user_id: int) -> bytes:
    pipe = client.pipeline(transaction=False)
    pipe.set(_version_key(user_id), secrets.token_hex(8), nx=True, ex=VERSION_TTL_S)
    pipe.get(_version_key(user_id))
    version: bytes | None = pipe.execute()[1]
    return version or CLOSED


def _decode(entry: bytes | None, version: bytes, session_id: int, user_id: int) -> Identity | None:
    if entry is None:
        return None
    facts: dict[str, Any] = orjson.loads(entry)
    if facts.pop("version") != version.decode() or facts["user_id"] != user_id or facts["session_id"] != session_id:
        return None
    roles = frozenset(Role(role) for role in facts.pop("roles"))
    try:
        identity = Identity(**{**facts, "roles": roles, "status": UserStatus(facts["status"])})
    except TypeError:
        # Written by another release of the product.
        return None
    return identity if identity.expires_at > clock.now().timestamp() else None


def _entry_key(session_id: int) -> str:
    return f"identity:session:{session_id}"


def _version_key(user_id: int) -> str:
    return f"identity:user:{user_id}"


@event.listens_for(Session, "after_flush")
def _note_changes_through_the_orm(session: Session, context: UOWTransaction) -> None:
    new_users = {row.id for row in session.new if isinstance(row, User)}
    changed = {row.id for row in (*session.dirty, *session.deleted) if isinstance(row, User)}
    changed |= {row.user_id for row in (*session.dirty, *session.deleted) if isinstance(row, PARTS)}
    # A new session changes nobody, and a new role or factor nobody who is new as well.
    changed |= {row.user_id for row in session.new if isinstance(row, UserRole | TotpFactor)}
    for user_id in changed - new_users:
        note_change(session, user_id)


@event.listens_for(Session, "before_commit")
def _forget_noted(session: Session) -> None:
    noted = session.info.pop(NOTED, None)
    if noted:
        forget(noted)
