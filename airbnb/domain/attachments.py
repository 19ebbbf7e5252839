"""Pictures in messages: how many, how long one may wait to be sent, and addresses that open one for a while; pure.

Source: docs/rules/messages.md, "Pictures".
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

from airbnb.domain.errors import DomainError

MAX_PER_MESSAGE = 10
#: What one person may have uploaded and not sent yet, over all conversations.
MAX_UNSENT = 20
UNSENT_LIFETIME = timedelta(days=1)
#: Longest edge in pixels by name, largest first.
EDGES = {"large": 1600, "small": 480}
FOLDER = "attachments"

#: Addresses made within one step are the same, so that a list read again shows pictures that are there already.
LINK_STEP = timedelta(minutes=15)
LINK_LIFETIME = 2 * LINK_STEP
_SECRET = re.compile(r"([0-9]{1,11})-([0-9a-f]{64})")


class TooManyAttachments(DomainError):
    """Somebody uploads pictures without sending them."""

    code = "too_many_attachments"
    message = "{limit} pictures wait to be sent. Send or remove some first."


def link_expiry(now: datetime) -> datetime:
    """Return until when an address made now is good: for 15 to 30 minutes."""
    step = int(LINK_STEP.total_seconds())
    began = int(now.timestamp()) // step * step
    return datetime.fromtimestamp(began, UTC) + LINK_LIFETIME


def link_secret(attachment_id: int, size: str, *, expires_at: datetime, key: str) -> str:
    """Return the part of an address that opens one size of one picture until an instant. Needs: a whole second."""
    seconds = int(expires_at.timestamp())
    text = f"attachment:{attachment_id}:{size}:{seconds}"
    return f"{seconds}-{hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()}"


def is_open(attachment_id: int, size: str, secret: str, *, now: datetime, key: str) -> bool:
    """Whether a part of an address is ours, for this very picture and size, and not over."""
    match = _SECRET.fullmatch(secret)
    if match is None:
        return False
    expires_at = datetime.fromtimestamp(int(match[1]), UTC)
    expected = link_secret(attachment_id, size, expires_at=expires_at, key=key)
    return hmac.compare_digest(expected, secret) and now < expires_at
