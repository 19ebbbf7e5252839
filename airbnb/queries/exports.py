"""Exports of personal data: asked for, finished, and past their time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
from airbnb.models.account_safety import DataExport
from airbnb.queries.changes import matched_rows


def get_export_for(session: Session, export_id: int, *, user_id: int) -> DataExport:
    """Return an export of a user's own. Raises: NotFound."""
    statement = select(DataExport).where(DataExport.id == export_id, DataExport.user_id == user_id)
    export = session.scalar(statement)
    if export is None:
        raise NotFound()
    return export


def find_export(session: Session, export_id: int) -> DataExport | None:
    """Return an export, or None."""
    return session.get(DataExport, export_id)


def find_unfinished(session: Session, user_id: int, *, since: datetime) -> DataExport | None:
    """Return an export of a user that was asked for since an instant and is still being made, or None."""
    statement = select(DataExport).where(
        DataExport.user_id == user_id, DataExport.finished_at.is_(None), DataExport.created_at > since
    )
    return session.scalar(statement.order_by(DataExport.id.desc()).limit(1))


def finish(
    session: Session, export_id: int, *, file_key: str, size_bytes: int, now: datetime, expires_at: datetime
) -> bool:
    """Name the file of an export; whether this caller was the one that finished it."""
    statement = update(DataExport).where(DataExport.id == export_id, DataExport.finished_at.is_(None))
    values = {"file_key": file_key, "size_bytes": size_bytes, "finished_at": now, "expires_at": expires_at}
    return matched_rows(session, statement.values(values)) == 1


def list_expired(session: Session, *, now: datetime, limit: int) -> Sequence[DataExport]:
    """Return exports past their time."""
    return session.scalars(select(DataExport).where(DataExport.expires_at <= now).limit(limit)).all()


def delete_exports(session: Session, export_ids: Sequence[int]) -> int:
    """Remove exports. Returns: how many."""
    return matched_rows(session, delete(DataExport).where(DataExport.id.in_(export_ids)))
