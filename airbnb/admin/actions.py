"""What staff may do to a row: shown first, confirmed with a reason, done by a service, written to the audit log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_admin.form import SecureForm
from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from airbnb.domain.causes import Cause
from airbnb.domain.permissions import Permission

REASON_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A word out of a closed set that staff pick beside the reason."""

    label: str
    words: type[StrEnum]

    def options(self) -> list[tuple[str, str]]:
        """Return what the form offers: nothing, so that nobody confirms a word that was never read, and each word."""
        return [("", "Choose…"), *((word.value, word.value.replace("_", " ").capitalize()) for word in self.words)]


#: Unbound fields of a form, by name.
Fields = Mapping[str, Any]
#: What staff answered to an action's questions, by the names of its fields.
Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Questions that an action asks before it is done; what it would do then follows from the answers."""

    #: The fields of the form for a row as it is now, unbound, by name.
    fields: Callable[[Any], Fields]
    #: What it would do with the answers. Raises: ValidationFailed naming fields; any other refusal.
    effects: Callable[[Any, Answers], list[str]]
    #: ``run(row id, cause, answers)`` may return what to say of it; ``request_key`` among the answers names the form.
    run: Callable[[int, Cause, Answers], str | None]


def _asks_first(row_id: int, cause: Cause, word: str) -> None:
    raise NotImplementedError


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
    #: ``run(row id, cause, the word chosen)``; the word is empty where there is no choice.
    run: Callable[[int, Cause, str], None] = _asks_first
    choice: Choice | None = None
    #: What is asked beside the reason; then ``effects`` says what the action is for, and ``asking`` does it.
    asking: Asking | None = None
    #: What the reason is for the staff who write it: some are mailed.
    reason_label: str = "Reason (for the audit log)"
    #: Bootstrap's colour for the button.
    tone: str = "danger"


class ReasonForm(SecureForm):
    """Why staff do something; kept in the audit log."""

    reason = TextAreaField("Reason", [InputRequired("Say why."), Length(3, REASON_LENGTH)])
    #: The digest of what was shown: only that is done.
    seen = HiddenField()


class ChoiceForm(ReasonForm):
    """A reason with a word out of a closed set."""

    choice = SelectField("Choice", [InputRequired("Choose one.")])


def form_of(action: StaffAction, sent: Any) -> ReasonForm:
    """Return the form that asks for what an action needs, filled with what was sent."""
    form = ReasonForm(sent) if action.choice is None else ChoiceForm(sent)
    form.reason.label.text = action.reason_label
    if action.choice is not None:
        form.choice.label.text, form.choice.choices = action.choice.label, action.choice.options()
    return form
