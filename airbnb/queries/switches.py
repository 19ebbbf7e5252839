"""What is turned off."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.models.switches import SwitchSetting


def list_off(session: Session) -> Sequence[str]:
    """Return the names of what is off."""
    return session.scalars(select(SwitchSetting.name).where(SwitchSetting.is_off.is_(True))).all()


def list_settings(session: Session) -> dict[str, SwitchSetting]:
    """Return every setting there is, by its name."""
    return {row.name: row for row in session.scalars(select(SwitchSetting))}
