"""Exports of personal data: asking for one, its secret address, and its end."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.topics import Topic
from airbnb.domain.uploads import PRIVATE_PREFIX
from airbnb.models.account_safety import DataExport
from airbnb.queries import exports as queries
from airbnb.services import outbox

LIFETIME = timedelta(days=7)
#: An export that took longer than this is taken for lost, and another may be asked for.
PATIENCE = timedelta(hours=1)


def ask_export(session: Session, user_id: int, *, now: datetime) -> DataExport:
    """Have everything stored about a user put into a zip; an export that is being made is answered again.

    Needs: the user's row is locked.
    """
    waiting = queries.find_unfinished(session, user_id, since=now - PATIENCE)
    if waiting is not None:
        return waiting
    export = DataExport(user_id=user_id, created_at=now)
    session.add(export)
    session.flush()
    outbox.record(session, Topic.EXPORT_ASKED, subject_id=export.id)
    return export


def finish_export(session: Session, export_id: int, *, file_key: str, size_bytes: int, now: datetime) -> bool:
    """Let an export be fetched, and tell its owner; False when it was finished before or is gone."""
    done = queries.finish(
        session, export_id, file_key=file_key, size_bytes=size_bytes, now=now, expires_at=now + LIFETIME
    )
    if done:
        outbox.record(session, Topic.EXPORT_READY, subject_id=export_id)
    return done


def remove_expired(session: Session, *, now: datetime, limit: int) -> int:
    """Remove exports past their time, and have their files deleted. Returns: how many."""
    expired = queries.list_expired(session, now=now, limit=limit)
    if not expired:
        return 0
    keys = [export.file_key for export in expired if export.file_key]
    outbox.record(session, Topic.FILES_ORPHANED, subject_id=expired[0].user_id, payload={"keys": keys})
    return queries.delete_exports(session, [export.id for export in expired])


def secret_of(export_id: int, secret: str) -> str:
    """Return what makes an export's address unguessable, derived so that nothing secret is stored."""
    return hmac.new(secret.encode(), f"export:{export_id}".encode(), hashlib.sha256).hexdigest()


def storage_key(export_id: int, secret: str) -> str:
    """Return where the file of an export lies; nobody is served it by that name."""
    return f"{PRIVATE_PREFIX}exports/{export_id}-{secret_of(export_id, secret)[:32]}.zip"


def may_be_fetched(export: DataExport, *, now: datetime) -> bool:
    """Whether an export is finished and not past its time."""
    return export.file_key is not None and export.expires_at is not None and export.expires_at > now


def export_view(export: DataExport, *, public_url: str, secret: str, now: datetime) -> dict[str, Any]:
    """Return an export as its owner sees it, with the address of the file while there is one."""
    ready = may_be_fetched(export, now=now)
    status = "ready" if ready else "expired" if export.finished_at else "pending"
    url = f"{public_url}/downloads/{export.id}/{secret_of(export.id, secret)}" if ready else None
    return {
        "id": export.id,
        "status": status,
        "created_at": export.created_at,
        "expires_at": export.expires_at,
        "size_bytes": export.size_bytes,
        "download_url": url,
    }
