"""The lease on an Idempotency-Key: one request runs, repeats get its answer, a dead one is taken over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Table, Update, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.errors import DomainError
from airbnb.models.platform import IdempotencyKey
from airbnb.queries.changes import matched_rows

KEYS = cast(Table, IdempotencyKey.__table__)
LEASE = timedelta(seconds=60)
ANSWER_KEPT = timedelta(hours=24)
#: On money routes the bare key is remembered longer, so that a late repeat can't pay twice.
MONEY_KEY_KEPT = timedelta(days=31)

#: A claim's row; its lease tells it from a later holder's.
_HELD = (
    (KEYS.c.user_id == bindparam("held_user"))
    & (KEYS.c.key == bindparam("held_key"))
    & (KEYS.c.lease_until == bindparam("held_until"))
)
# Built once, for they are part of every booking.
_INSERT = insert(KEYS)
_UPDATE = update(KEYS).where(_HELD)
_DELETE = delete(KEYS).where(_HELD, KEYS.c.resource_id.is_(None))


class IdempotencyConflict(DomainError):
    """The first request with this key is still running."""

    code = "idempotency_conflict"
    message = "A request with this key is still running. Try again in {retry_after_s} s."


class IdempotencyKeyReused(DomainError):
    """The key came with another request before."""

    code = "idempotency_key_reused"
    message = "This key was used for another request. Make a new one."


class IdempotencyKeyExpired(DomainError):
    """The answer is no longer kept, but the request was made."""

    code = "idempotency_key_expired"
    message = "This request was made more than 24 hours ago. Look its result up instead of repeating it."


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """What the first request was answered."""

    status: int
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A key held by this request; ``resource_id`` is set when an earlier holder got that far."""

    user_id: int
    key: str
    lease_until: datetime
    resource_id: int | None = None
    answer: StoredAnswer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRequest:
    """A request that came with a key; ``money`` routes remember the bare key longer."""

    user_id: int
    key: str
    fingerprint: str
    route: str
    money: bool


def claim_key(session: Session, keyed: KeyedRequest, *, now: datetime) -> Claim:
    """Take the key for this request, or return the answer it already has.

    Raises: IdempotencyConflict, IdempotencyKeyReused, IdempotencyKeyExpired.
    """
    lease_until = now + LEASE
    claim = Claim(user_id=keyed.user_id, key=keyed.key, lease_until=lease_until)
    # Nearly every key is new: the row is tried at once, and looked at only when it is there.
    if _insert_key(session, keyed, lease_until=lease_until, now=now):
        return claim
    existing = session.get(IdempotencyKey, (keyed.user_id, keyed.key))
    if existing is None:
        # The refusal that the first request got freed the key this moment.
        raise IdempotencyConflict(retry_after_s=1)
    if keyed.money or existing.expires_at > now:
        return _repeated(session, existing, fingerprint=keyed.fingerprint, lease_until=lease_until, now=now)
    session.delete(existing)
    session.flush()
    if _insert_key(session, keyed, lease_until=lease_until, now=now):
        return claim
    raise IdempotencyConflict(retry_after_s=1)


def _insert_key(session: Session, keyed: KeyedRequest, *, lease_until: datetime, now: datetime) -> bool:
    """Add the row of a key; whether there was none."""
    row: dict[str, Any] = {
        "user_id": keyed.user_id,
        "key": keyed.key,
        "fingerprint": keyed.fingerprint,
        "route": keyed.route,
        "lease_until": lease_until,
        "created_at": now,
        "expires_at": now + (MONEY_KEY_KEPT if keyed.money else ANSWER_KEPT),
    }
    try:
        session.execute(_INSERT, row)
    except IntegrityError:
        return False
    return True


def _repeated(
    session: Session, row: IdempotencyKey, *, fingerprint: str, lease_until: datetime, now: datetime
) -> Claim:
    if row.fingerprint != fingerprint:
        raise IdempotencyKeyReused()
    if row.created_at + ANSWER_KEPT <= now:
        raise IdempotencyKeyExpired()
    held = Claim(user_id=row.user_id, key=row.key, lease_until=lease_until, resource_id=row.resource_id)
    if row.response_status is not None:
        answer = StoredAnswer(
            status=row.response_status, body=row.response_body or b"", headers=row.response_headers or {}
        )
        return Claim(user_id=row.user_id, key=row.key, lease_until=row.lease_until, answer=answer)
    if row.lease_until > now:
        raise IdempotencyConflict(retry_after_s=max(1, int((row.lease_until - now).total_seconds())))
    as_read = (
        IdempotencyKey.user_id == row.user_id,
        IdempotencyKey.key == row.key,
        IdempotencyKey.lease_until == row.lease_until,
        # The first holder may have got further since the row was read; its repeat must see that.
        IdempotencyKey.resource_id == row.resource_id,
        IdempotencyKey.response_status.is_(None),
    )
    take_over = update(IdempotencyKey).where(*as_read).values(lease_until=lease_until)
    if matched_rows(session, take_over) == 0:
        raise IdempotencyConflict(retry_after_s=1)
    return held


def attach_resource(session: Session, claim: Claim | None, *, resource_type: str, resource_id: int) -> None:
    """Write down, in the transaction that makes a resource, which one this key made.

    Raises: IdempotencyConflict when the lease ran out and a repeat took over: the work must not be done twice.
    """
    if claim is None:
        return
    if _change_held(session, _UPDATE, claim, resource_type=resource_type, resource_id=resource_id) == 0:
        raise IdempotencyConflict(retry_after_s=1)


def store_answer(session: Session, claim: Claim, answer: StoredAnswer, *, now: datetime) -> None:
    """Keep the answer for repeats; one that comes after the lease was taken over is not kept."""
    _change_held(
        session,
        _UPDATE,
        claim,
        response_status=answer.status,
        response_body=answer.body,
        response_headers=answer.headers,
        finished_at=now,
    )


def forget_key(session: Session, claim: Claim, *, now: datetime) -> None:
    """Free the key after a refusal; one that already made a resource is only released."""
    if _change_held(session, _DELETE, claim) == 0:
        release_lease(session, claim, now=now)


def release_lease(session: Session, claim: Claim, *, now: datetime) -> None:
    """End the lease now, so that a repeat may take the key over and resume."""
    _change_held(session, _UPDATE, claim, lease_until=now)


def delete_expired_keys(session: Session, *, now: datetime, limit: int) -> int:
    """Remove keys past their time; an unfinished one stays until its lease is over.

    Returns: how many rows went.
    """
    expired = (
        select(IdempotencyKey.user_id, IdempotencyKey.key)
        .where(IdempotencyKey.expires_at <= now, IdempotencyKey.lease_until <= now)
        .limit(limit)
    )
    rows = session.execute(expired).all()
    for user_id, key in rows:
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key))
    return len(rows)


def _change_held(session: Session, statement: Update | Delete, claim: Claim, **values: Any) -> int:
    """Change a key's row while this very claim holds it; how many rows that were."""
    held = {"held_user": claim.user_id, "held_key": claim.key, "held_until": claim.lease_until}
    return cast("CursorResult[Any]", session.execute(statement, {**held, **values})).rowcount
