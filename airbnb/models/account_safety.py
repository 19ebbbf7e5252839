"""What keeps accounts safe and their owners informed: counted tries, agreements, exports and closings."""

from datetime import datetime
from typing import cast

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain import clock
from airbnb.domain.kinds import ConsentKind
from airbnb.extensions import Base
from airbnb.models.append_only import make_append_only
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string, enum_column


class TryCount(Base):
    """How often something that can be guessed was tried in the present window."""

    __tablename__ = "try_counts"
    __table_args__ = (Index(None, "window_started_at"),)  # the clean-up

    key: Mapped[str] = mapped_column(ascii_string(160), primary_key=True)  # what is counted: addresses as hashes
    window_started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(Integer)


class Consent(IdMixin, Base):
    """What a user agreed to or took back, and when; never edited."""

    __tablename__ = "consents"
    __table_args__ = (Index(None, "user_id", "id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    kind: Mapped[ConsentKind] = mapped_column(enum_column(ConsentKind, name="kind"))
    version: Mapped[str | None] = mapped_column(String(40))  # of the document
    granted: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UTCDateTime)


make_append_only(cast(Table, Consent.__table__))


class DataExport(IdMixin, Base):
    """One zip of everything stored about a user; its file goes when it expires."""

    __tablename__ = "data_exports"
    __table_args__ = (Index(None, "user_id", "id"), Index(None, "expires_at"))

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    file_key: Mapped[str | None] = mapped_column(ascii_string(200))  # storage key, until the file is removed
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class AccountClosure(Base):
    """An account that its owner closed, until and after its personal data is erased."""

    __tablename__ = "account_closures"
    __table_args__ = (Index(None, "erased_at", "erase_after"),)  # those that are due

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    closed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    erase_after: Mapped[datetime] = mapped_column(UTCDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
