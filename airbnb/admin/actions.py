"""What staff may do to a row: shown first, confirmed with a reason, done by a service, written to the audit log."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_admin.form import SecureForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from airbnb.domain.permissions import Permission

REASON_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAction:
    """One thing that staff may do to a row of a view."""

    name: str
    label: str
    permission: Permission
    #: Whether the action makes sense for the row as it is now.
    applies: Callable[[Any], bool]
    #: What it would do, as sentences for the page that asks for confirmation.
    effects: Callable[[Any], list[str]]
    #: ``run(row id, staff member's id, reason)``.
    run: Callable[[int, int, str], None]


class ReasonForm(SecureForm):
    """Why staff do something; kept in the audit log."""

    reason = TextAreaField("Reason", [InputRequired("Say why."), Length(3, REASON_LENGTH)])
