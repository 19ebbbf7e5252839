"""Stopping one sort of mail from the mail itself, without signing in (RFC 8058).

Source: docs/rules/mail.md, "Stopping one sort of mail".
"""

import base64
import binascii
import hashlib
import hmac

from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
from airbnb.domain.ids import MAX_ID
from airbnb.domain.kinds import Channel
from airbnb.domain.notifications import SWITCHABLE, NotificationKind
from airbnb.models.notifications import NotificationPreference
from airbnb.queries.users import lock_user

DIGEST_BYTES = 16


def unsubscribe_token(user_id: int, kind: NotificationKind, secret: str) -> str:
    """Return what stands at the end of a mail's unsubscribe address; it does not expire, like the mail itself."""
    said = f"{user_id}:{kind.value}"
    return base64.urlsafe_b64encode(said.encode() + _proof(said, secret)).rstrip(b"=").decode()


def read_unsubscribe_token(token: str, secret: str) -> tuple[int, NotificationKind]:
    """Return whose mails of which kind a token stops. Raises: NotFound for anything that we did not write."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        said, proof = raw[:-DIGEST_BYTES].decode("ascii"), raw[-DIGEST_BYTES:]
        user_id, kind = said.split(":")
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise NotFound() from error
    if not hmac.compare_digest(proof, _proof(said, secret)) or int(user_id) > MAX_ID or kind not in SWITCHABLE:
        raise NotFound()
    return int(user_id), NotificationKind(kind)


def stop_mails(session: Session, user_id: int, kind: NotificationKind) -> None:
    """Switch off the mails of one kind; alerts in the app stay as they are. Idempotent.

    Raises: NotFound for a user that is gone.
    Locks: the user's row.
    """
    lock_user(session, user_id)
    key = {"user_id": user_id, "event": kind.value, "channel": Channel.EMAIL}
    row = session.get(NotificationPreference, key)
    if row is None:
        row = NotificationPreference(**key)
        session.add(row)
    row.enabled = False


def _proof(said: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), f"unsubscribe:{said}".encode(), hashlib.sha256).digest()[:DIGEST_BYTES]
