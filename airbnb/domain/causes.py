"""Who or what makes a change, and why."""

from dataclasses import dataclass
from datetime import datetime

from airbnb.domain.kinds import ActorKind
from airbnb.domain.networks import wide_network_of


@dataclass(frozen=True, slots=True)
class Cause:
    """What the history keeps of a change: by whom, when, and why in a few words."""

    kind: ActorKind
    at: datetime
    actor_id: int | None = None
    reason: str | None = None
    ip: str | None = None  # where the request came from; the audit log alone keeps it


def by_owner(*, now: datetime, ip: str | None = None) -> Cause:
    """Return the cause of what people do to their own account; who it is may come out only on the way.

    An account's owner can ask to be forgotten and the audit log cannot: of the address the network is kept.
    """
    return Cause(ActorKind.GUEST, now, ip=wide_network_of(ip or "") or None)


def by_guest(user_id: int, *, now: datetime, reason: str | None = None) -> Cause:
    """Return the cause of what a guest does."""
    return Cause(ActorKind.GUEST, now, user_id, reason)


def by_host(user_id: int, *, now: datetime, reason: str | None = None) -> Cause:
    """Return the cause of what a host does."""
    return Cause(ActorKind.HOST, now, user_id, reason)


def by_staff(user_id: int, *, now: datetime, reason: str | None = None, ip: str | None = None) -> Cause:
    """Return the cause of what a member of staff does."""
    return Cause(ActorKind.STAFF, now, user_id, reason, ip)


def by_system(*, now: datetime, reason: str | None = None) -> Cause:
    """Return the cause of what a timer or command does."""
    return Cause(ActorKind.SYSTEM, now, None, reason)


def by_gateway(*, now: datetime, reason: str | None = None) -> Cause:
    """Return the cause of what a payment provider reports."""
    return Cause(ActorKind.GATEWAY, now, None, reason)
