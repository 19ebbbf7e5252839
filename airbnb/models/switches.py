"""What staff have turned off: switches of the product, and pauses of periodic jobs."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.extensions import Base
from airbnb.models.types import UTCDateTime, ascii_string


class SwitchSetting(Base):
    """One thing that is off, or was; no row means that it is on."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(ascii_string(80), primary_key=True)  # a Switch, or "job:" and a job's name
    is_off: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(500))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))  # NULL: a command
