"""What a mail provider tells about one mail, in our words."""

from dataclasses import dataclass
from datetime import datetime

from airbnb.domain.kinds import MailReportKind


@dataclass(frozen=True, slots=True, kw_only=True)
class MailEvent:
    """One event of one mail; ``event_id`` is the provider's and the same on every delivery."""

    event_id: str
    kind: MailReportKind
    address: str
    happened_at: datetime
    message_id: str | None = None  # ours
    detail: str = ""
