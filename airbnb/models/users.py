"""Accounts: users, what they may be, where they are signed in, and their one-time tokens."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain import clock
from airbnb.domain.kinds import Role, SessionKind, TokenPurpose
from airbnb.domain.statuses import UserStatus
from airbnb.extensions import Base
from airbnb.models.checks import not_negative, three_letters
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, VersionMixin, ascii_string, enum_column


class User(IdMixin, TimestampMixin, VersionMixin, Base):
    """A person who signs in; bookings refer to the row, so it carries no figures."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("email"),
        CheckConstraint("email = lower(email)", name="email_lower_case"),
        *three_letters("currency"),
        Index(None, "status", "id"),  # the dashboard's list, as the next
        Index(None, "last_name", "id"),
    )

    email: Mapped[str] = mapped_column(String(254))  # lower case
    email_verified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    #: Argon2; NULL for imported hosts and for people who only sign in through a provider.
    password_hash: Mapped[str | None] = mapped_column(ascii_string(255))
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str | None] = mapped_column(ascii_string(20))  # E.164
    bio: Mapped[str | None] = mapped_column(Text)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)  # BCP 47 tags
    locale: Mapped[str] = mapped_column(ascii_string(12), default="en")  # BCP 47
    currency: Mapped[str] = mapped_column(ascii_string(3), default="EUR")  # ISO 4217, for display
    birth_date: Mapped[date | None]
    status: Mapped[UserStatus] = mapped_column(enum_column(UserStatus, name="status"), default=UserStatus.ACTIVE)
    suspended_reason: Mapped[str | None] = mapped_column(String(500))
    avatar_key: Mapped[str | None] = mapped_column(ascii_string(200))  # storage key
    accepted_terms_version: Mapped[str | None] = mapped_column(String(40))
    marketing_opt_in: Mapped[bool] = mapped_column(default=False)

    roles: Mapped[list["UserRole"]] = relationship(lazy="raise", cascade="all, delete-orphan", passive_deletes=True)
    figures: Mapped["UserFigures | None"] = relationship(lazy="raise", passive_deletes="all")


class UserRole(Base):
    """One role of one user."""

    __tablename__ = "user_roles"
    __table_args__ = (Index(None, "role", "user_id"),)  # who is staff

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[Role] = mapped_column(enum_column(Role, name="role"), primary_key=True)


class UserFigures(Base):
    """Published review figures of a user; apart from ``users``, which bookings refer to."""

    __tablename__ = "user_figures"
    __table_args__ = (*not_negative("guest_rating_sum", "guest_review_count", "host_rating_sum", "host_review_count"),)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    guest_rating_sum: Mapped[int] = mapped_column(Integer, default=0)  # stars, from hosts about the guest
    guest_review_count: Mapped[int] = mapped_column(Integer, default=0)
    host_rating_sum: Mapped[int] = mapped_column(Integer, default=0)  # stars, over all the host's listings
    host_review_count: Mapped[int] = mapped_column(Integer, default=0)


class UserSession(IdMixin, Base):
    """One signed-in device; its refresh token rotates, and one used twice ends the session."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index(None, "user_id", "revoked_at", "id"),
        Index(None, "expires_at"),  # the clean-up
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[SessionKind] = mapped_column(enum_column(SessionKind, name="kind"), default=SessionKind.API)
    #: SHA-256 of the jti of the refresh token that is good now.
    refresh_hash: Mapped[str] = mapped_column(ascii_string(64))
    #: The one before; seen again after ``rotated_at`` it means theft.
    previous_refresh_hash: Mapped[str | None] = mapped_column(ascii_string(64))
    rotated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    ip: Mapped[str] = mapped_column(ascii_string(45), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    last_used_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(lazy="raise")


class OneTimeToken(IdMixin, Base):
    """A random secret that works once and not for long; only its hash is kept."""

    __tablename__ = "one_time_tokens"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index(None, "user_id", "purpose"),
        Index(None, "expires_at"),  # the clean-up
    )

    purpose: Mapped[TokenPurpose] = mapped_column(enum_column(TokenPurpose, name="purpose"))
    token_hash: Mapped[str] = mapped_column(ascii_string(64))  # SHA-256, hex
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # such as the new address
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
