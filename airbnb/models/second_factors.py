"""What proves a person beside the password: a code generator, and recovery codes for when it is lost."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain import clock
from airbnb.extensions import Base
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string


class TotpFactor(IdMixin, Base):
    """A user's code generator; it counts from the moment it was confirmed."""

    __tablename__ = "totp_factors"
    __table_args__ = (UniqueConstraint("user_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    secret_encrypted: Mapped[str] = mapped_column(Text)
    #: The last 30-second step whose code was taken; no code of it or of an earlier one is taken again.
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RecoveryCode(IdMixin, Base):
    """A code on paper that stands in for the generator once; only its hash is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(ascii_string(64))  # SHA-256, hex
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
