"""What the audits of money and nights have found."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain import clock
from airbnb.extensions import Base
from airbnb.models.checks import not_negative
from airbnb.models.types import IdMixin, UTCDateTime, ascii_string


class AuditRun(IdMixin, Base):
    """One run of one audit; the latest of each name says how things stand."""

    __tablename__ = "audit_runs"
    __table_args__ = (*not_negative("faults", "duration_ms"), Index(None, "name", "ran_at"))

    name: Mapped[str] = mapped_column(ascii_string(40))  # such as "ledger"
    ran_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    duration_ms: Mapped[int] = mapped_column(Integer)
    faults: Mapped[int] = mapped_column(Integer)
    sample: Mapped[list[Any]] = mapped_column(JSON, default=list)  # the first faults, a sentence each
