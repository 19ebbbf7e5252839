"""Reading webhook endpoints and messages; claiming and marking messages by compare-and-set."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased, joinedload

from airbnb.domain.errors import NotFound
from airbnb.domain.paging import Page, PageRequest
from airbnb.domain.permissions import STAFF_ROLES
from airbnb.domain.statuses import OutboxState, UserStatus
from airbnb.domain.webhook_events import EVENTS, DeliveryState, WebhookType
from airbnb.models.platform import OutboxEvent
from airbnb.models.users import User, UserRole
from airbnb.models.webhook_endpoints import WebhookDelivery, WebhookEndpoint
from airbnb.queries.changes import matched_rows
from airbnb.queries.paging import SortKey, fetch_page

ON_THE_WAY = (DeliveryState.PENDING, DeliveryState.HELD)
#: Events of the outbox that are looked at for the order; more never wait at once while workers run.
MOST_OPEN = 500


def list_endpoints(session: Session, owner_id: int, page: PageRequest) -> Page[WebhookEndpoint]:
    """Return somebody's endpoints, newest first."""
    mine = select(WebhookEndpoint).where(WebhookEndpoint.owner_id == owner_id)
    return fetch_page(session, mine, [SortKey(WebhookEndpoint.id)], page)


def count_endpoints(session: Session, owner_id: int) -> int:
    """Return how many endpoints somebody has."""
    return len(session.scalars(select(WebhookEndpoint.id).where(WebhookEndpoint.owner_id == owner_id)).all())


def get_endpoint_for(session: Session, endpoint_id: int, owner_id: int, *, lock: bool = False) -> WebhookEndpoint:
    """Return one of somebody's endpoints. Locks: its row, when asked. Raises: NotFound."""
    found = session.get(WebhookEndpoint, endpoint_id, with_for_update=lock or None)
    if found is None or found.owner_id != owner_id:
        raise NotFound()
    return found


def list_listeners(session: Session, owner_ids: Collection[int], event: WebhookType) -> list[WebhookEndpoint]:
    """Return the endpoints that are told of an event about some owners' things; staff's hear of all but messages."""
    of_staff = exists().where(UserRole.user_id == WebhookEndpoint.owner_id, UserRole.role.in_(STAFF_ROLES))
    whose: list[ColumnElement[bool]] = [WebhookEndpoint.owner_id.in_(owner_ids)]
    if event is not WebhookType.MESSAGE_RECEIVED:
        whose.append(WebhookEndpoint.sees_all & of_staff)
    wanted = (
        select(WebhookEndpoint)
        .join(User, User.id == WebhookEndpoint.owner_id)
        .where(or_(*whose), WebhookEndpoint.disabled_at.is_(None), User.status == UserStatus.ACTIVE)
    )
    return [one for one in session.scalars(wanted) if event in one.events]


def list_deliveries(session: Session, endpoint_id: int, page: PageRequest) -> Page[WebhookDelivery]:
    """Return the messages to an endpoint, newest first."""
    statement = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
    return fetch_page(session, statement, [SortKey(WebhookDelivery.id)], page)


def get_delivery(session: Session, delivery_id: int) -> WebhookDelivery:
    """Return one message with its endpoint. Raises: NotFound."""
    found = session.get(WebhookDelivery, delivery_id, options=[joinedload(WebhookDelivery.endpoint)])
    if found is None:
        raise NotFound()
    return found


def get_delivery_for(session: Session, delivery_id: int, owner_id: int) -> WebhookDelivery:
    """Return one message to one of somebody's endpoints. Raises: NotFound."""
    found = get_delivery(session, delivery_id)
    if found.endpoint.owner_id != owner_id:
        raise NotFound()
    return found


def list_due_deliveries(
    session: Session, *, now: datetime, busy_endpoints: Collection[int], limit: int
) -> Sequence[tuple[int, int]]:
    """Return id and endpoint of messages that may be sent now: of each booking and endpoint only the first.

    Endpoints in ``busy_endpoints`` are left out.
    """
    earlier = aliased(WebhookDelivery)
    is_behind = exists().where(
        earlier.endpoint_id == WebhookDelivery.endpoint_id,
        earlier.booking_id == WebhookDelivery.booking_id,
        earlier.event_id < WebhookDelivery.event_id,
        earlier.state.in_(ON_THE_WAY),
    )
    due = (
        select(WebhookDelivery.id, WebhookDelivery.endpoint_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(
            WebhookDelivery.state == DeliveryState.PENDING,
            WebhookDelivery.due_at <= now,
            WebhookDelivery.endpoint_id.not_in(busy_endpoints),
            WebhookEndpoint.disabled_at.is_(None),
            ~is_behind,
        )
        .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
        .limit(limit)
    )
    return [(row.id, row.endpoint_id) for row in session.execute(due)]


def list_elder_events(session: Session, event_id: int) -> Sequence[OutboxEvent]:
    """Return events of the outbox before one that integrators will be told of and that nobody has handled yet."""
    waiting = (
        select(OutboxEvent)
        .where(
            OutboxEvent.state.in_((OutboxState.NEW, OutboxState.HELD)),
            OutboxEvent.topic.in_(EVENTS),
            OutboxEvent.id < event_id,
        )
        .limit(MOST_OPEN)
    )
    return session.scalars(waiting).all()


def claim_delivery(session: Session, delivery_id: int, *, owner: str, now: datetime) -> bool:
    """Take one message; whether this caller was the one that got it."""
    claim = (
        update(WebhookDelivery)
        .where(WebhookDelivery.id == delivery_id, WebhookDelivery.state == DeliveryState.PENDING)
        .values(state=DeliveryState.HELD, owner=owner, held_at=now, attempts=WebhookDelivery.attempts + 1)
    )
    return matched_rows(session, claim) == 1


def finish_try(session: Session, delivery_id: int, *, owner: str, **columns: object) -> bool:
    """Write how a try went; False when the message was taken from its owner meanwhile."""
    mine = (WebhookDelivery.id == delivery_id, WebhookDelivery.owner == owner)
    finish = update(WebhookDelivery).where(*mine, WebhookDelivery.state == DeliveryState.HELD).values(**columns)
    return matched_rows(session, finish) == 1


def fail_all_on_the_way(session: Session, endpoint_id: int) -> int:
    """Give up every message to an endpoint that was not delivered yet. Returns: how many."""
    on_the_way = (WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.state.in_(ON_THE_WAY))
    return matched_rows(session, update(WebhookDelivery).where(*on_the_way).values(state=DeliveryState.FAILED))


def give_back_stuck_deliveries(session: Session, *, held_before: datetime) -> int:
    """Return messages whose worker died to the queue. Returns: how many."""
    stuck = (WebhookDelivery.state == DeliveryState.HELD, WebhookDelivery.held_at < held_before)
    return matched_rows(session, update(WebhookDelivery).where(*stuck).values(state=DeliveryState.PENDING))


def delete_old_deliveries(session: Session, *, created_before: datetime, limit: int) -> int:
    """Remove messages of long ago that are not on the way. Returns: how many."""
    old = select(WebhookDelivery.id).where(
        WebhookDelivery.created_at < created_before, WebhookDelivery.state.not_in(ON_THE_WAY)
    )
    ids = session.scalars(old.limit(limit)).all()
    return matched_rows(session, delete(WebhookDelivery).where(WebhookDelivery.id.in_(ids))) if ids else 0
