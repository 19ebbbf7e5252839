"""Turning things off and on again."""

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.models.switches import SwitchSetting
from airbnb.services import audit


def turn(session: Session, name: str, *, off: bool, cause: Cause) -> None:
    """Turn a thing off, or on again.

    Writes: the setting, an audit entry. Idempotent: turned to where it is already, nothing is written.
    """
    row = session.get(SwitchSetting, name, with_for_update=True)
    was_off = row is not None and row.is_off
    if was_off == off:
        return
    if row is None:
        row = SwitchSetting(name=name)
        session.add(row)
    row.is_off, row.reason = off, cause.reason
    row.changed_at, row.changed_by_id = cause.at, cause.actor_id
    action = "turn_off" if off else "turn_on"
    audit.record_event(session, action, SwitchSetting.__tablename__, cause=cause, changes={name: (was_off, off)})
