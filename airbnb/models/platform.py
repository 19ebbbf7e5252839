"""What keeps the platform honest: outbox, idempotency keys, job claims, audit and exchange rates."""

from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain import clock
from airbnb.domain.statuses import OutboxState
from airbnb.extensions import Base
from airbnb.models.append_only import make_append_only
from airbnb.models.checks import not_negative, three_letters
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string, enum_column
from airbnb.models.users import User


class OutboxEvent(IdMixin, Base):
    """One effect that follows from a committed change; the row is the truth, the broker a doorbell."""

    __tablename__ = "outbox_events"
    __table_args__ = (
        *not_negative("attempts"),
        Index(None, "state", "due_at", "id"),  # claims
        Index(None, "state", "held_at"),  # the sweep of claims whose task died
        Index(None, "subject_id"),  # what followed from one row, for staff
        Index(None, "topic", "id"),  # the dashboard's list
    )

    topic: Mapped[str] = mapped_column(ascii_string(64))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[OutboxState] = mapped_column(enum_column(OutboxState, name="state"), default=OutboxState.NEW)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    owner: Mapped[str | None] = mapped_column(ascii_string(64))  # the task that holds it
    held_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    last_error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class IdempotencyKey(Base):
    """One request that must have one effect; its answer is kept for the repeats."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        CheckConstraint("(resource_type IS NULL) = (resource_id IS NULL)", name="resource_pair"),
        Index(None, "expires_at"),  # the clean-up
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(ascii_string(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(ascii_string(64))  # SHA-256 of method, path and body, hex
    route: Mapped[str] = mapped_column(ascii_string(120))
    lease_until: Mapped[datetime] = mapped_column(UTCDateTime)  # then another request may take over
    resource_type: Mapped[str | None] = mapped_column(ascii_string(40))  # table of the row that was made
    resource_id: Mapped[int | None] = mapped_column(BigInteger)
    response_status: Mapped[int | None] = mapped_column(SmallInteger)  # NULL: still running, or only the key is kept
    response_body: Mapped[bytes | None] = mapped_column(
        LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")
    )
    response_headers: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class JobRun(Base):
    """One period of one periodic job; the key lets only one process run it."""

    __tablename__ = "job_runs"
    __table_args__ = (Index(None, "started_at"),)

    job: Mapped[str] = mapped_column(ascii_string(64), primary_key=True)
    period: Mapped[str] = mapped_column(ascii_string(40), primary_key=True)  # its start, as text
    claimed_by: Mapped[str] = mapped_column(ascii_string(120))
    started_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    rows: Mapped[int | None] = mapped_column(Integer)  # how many it dealt with
    error: Mapped[str | None] = mapped_column(String(500))


class AuditEntry(IdMixin, Base):
    """What somebody with power did to somebody else's object; never edited."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index(None, "subject_type", "subject_id", "id"),
        Index(None, "actor_id", "id"),
        Index(None, "subject_id", "id"),
        Index(None, "action", "id"),
        Index(None, "subject_type", "id"),  # the dashboard's list
    )

    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))  # NULL: a command
    action: Mapped[str] = mapped_column(ascii_string(64))
    subject_type: Mapped[str] = mapped_column(ascii_string(40))  # table
    subject_id: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str | None] = mapped_column(String(500))
    ip: Mapped[str | None] = mapped_column(ascii_string(45))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    actor: Mapped[User | None] = relationship(lazy="raise", viewonly=True)


make_append_only(cast(Table, AuditEntry.__table__))


class ExchangeRate(Base):
    """What one unit of the base currency was worth on one day."""

    __tablename__ = "exchange_rates"
    __table_args__ = (
        CheckConstraint("base <> quote", name="two_currencies"),
        *three_letters("base", "quote"),
    )

    base: Mapped[str] = mapped_column(ascii_string(3), primary_key=True)
    quote: Mapped[str] = mapped_column(ascii_string(3), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(ascii_string(24), primary_key=True)  # "ecb", or "staff", which wins
    rate: Mapped[str] = mapped_column(ascii_string(24))  # exact decimal: units of quote per unit of base
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
