"""Who somebody is elsewhere: the accounts at providers through which a user signs in."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain import clock
from airbnb.domain.kinds import SignInProvider
from airbnb.extensions import Base
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string, enum_column


class UserIdentity(IdMixin, Base):
    """One person at one provider, linked to one user; what the provider's tokens allow is never kept."""

    __tablename__ = "user_identities"
    __table_args__ = (
        UniqueConstraint("provider", "subject"),
        UniqueConstraint("user_id", "provider"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    provider: Mapped[SignInProvider] = mapped_column(enum_column(SignInProvider, name="provider"))
    subject: Mapped[str] = mapped_column(ascii_string(255))  # the provider's own id of the person; never reused
    email: Mapped[str] = mapped_column(String(254))  # at the provider when it was linked, lower case; only shown
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
