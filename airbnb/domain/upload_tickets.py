"""Direct uploads without a row: what was promised to whom travels signed in the upload's id."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from airbnb.domain.uploads import PRIVATE_PREFIX

LIFETIME = timedelta(hours=1)
#: The folder of files that nobody has completed.
UPLOADS_FOLDER = f"{PRIVATE_PREFIX}uploads"
_NUMBER = "([0-9]{1,19})"
_TICKET = re.compile(f"{_NUMBER}-{_NUMBER}-([0-9a-f]{{24}})-([a-z]{{1,8}})-{_NUMBER}-{_NUMBER}-([0-9a-f]{{64}})")


class InvalidTicket(ValueError):
    """The id was altered or is not ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadTicket:
    """One picture that a host may send by ``expires_at``, of exactly this type and size; ``name`` is random."""

    listing_id: int
    host_id: int
    name: str
    content_type: str
    size: int
    expires_at: datetime

    @property
    def key(self) -> str:
        """Where in storage the upload arrives."""
        return f"{UPLOADS_FOLDER}/{self.listing_id}/{self.name}"

    def is_live(self, now: datetime) -> bool:
        """Say whether the upload may still be used."""
        return now < self.expires_at


def seal(ticket: UploadTicket, secret: str) -> str:
    """Return the upload's id, fit for a path. Needs: ``expires_at`` is a whole second."""
    kind = ticket.content_type.removeprefix("image/")
    parts = (ticket.listing_id, ticket.host_id, ticket.name, kind, ticket.size, int(ticket.expires_at.timestamp()))
    text = "-".join(map(str, parts))
    return f"{text}-{_signature(text, secret)}"


def open_ticket(upload_id: str, secret: str) -> UploadTicket:
    """Return what an id of ours stands for, live or not.

    Raises: InvalidTicket.
    """
    match = _TICKET.fullmatch(upload_id)
    text, _, signature = upload_id.rpartition("-")
    if match is None or not hmac.compare_digest(signature, _signature(text, secret)):
        raise InvalidTicket("not an id of ours")
    listing_id, host_id, name, kind, size, expires = match.groups()[:6]
    return UploadTicket(
        listing_id=int(listing_id),
        host_id=int(host_id),
        name=name,
        content_type=f"image/{kind}",
        size=int(size),
        expires_at=datetime.fromtimestamp(int(expires), UTC),
    )


def _signature(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"photo-upload:{text}".encode(), hashlib.sha256).hexdigest()
