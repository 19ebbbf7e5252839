"""Actions that ask staff something: the answers' effect is shown, and only what was shown is done."""

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from flask import flash, redirect, request
from werkzeug.wrappers import Response
from wtforms import HiddenField
from wtforms.validators import Length

from airbnb.admin.actions import Answers, Asking, ReasonForm, StaffAction
from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.domain.errors import DomainError, ValidationFailed
from airbnb.domain.ids import new_token

logger = logging.getLogger(__name__)

#: The value of the button that does what was previewed.
DO = "do"
#: Fields of the form that are no answers.
OWN_FIELDS = {"csrf_token", "reason", "seen"}
CHANGED_MEANWHILE = "Something changed since you looked. This is what would happen now."


class AskingForm(ReasonForm):
    """A reason, and which form it is; the action's questions are added for each row."""

    request_key = HiddenField(validators=[Length(max=64)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """An action about to be done to a row by somebody; ``show`` renders its page."""

    action: StaffAction
    asking: Asking
    row: Any
    actor_id: int
    back: str
    show: Callable[..., str]


def answer(ask: Ask) -> Any:
    """Ask; on POST show what the answers would do; on a POST that was shown exactly this, do it.

    The digest of what was shown comes back with the form: what changed meanwhile is shown again instead of done.
    """
    form = _form_for(ask)
    if request.method == "GET" or not ask.action.applies(ask.row):
        return _page(ask, form, status=200 if request.method == "GET" else 422)
    if not form.validate():
        return _page(ask, form, status=422)
    answers = {field.name: field.data for field in form if field.name not in OWN_FIELDS}
    try:
        effects = ask.asking.effects(ask.row, answers)
        seen = digest_of(effects, answers)
        if request.form.get("step") == DO and form.seen.data == seen:
            return _do(ask, form, answers)
    except ValidationFailed as refusal:
        _show_errors(form, refusal)
        return _page(ask, form, status=422)
    except DomainError as refusal:
        flash(refusal.detail, "error")
        return redirect(ask.back)
    if request.form.get("step") == DO:
        flash(CHANGED_MEANWHILE, "error")
    form.seen.data = seen
    return _page(ask, form, effects=effects)


def _form_for(ask: Ask) -> Any:
    questions = dict(ask.asking.fields(ask.row))
    form = type("QuestionsForm", (AskingForm,), questions)(request.form)
    form.reason.label.text = ask.action.reason_label
    if not form.request_key.data:
        form.request_key.data = new_token()
    return form


def _do(ask: Ask, form: Any, answers: Answers) -> Response:
    cause = by_staff(ask.actor_id, now=clock.now(), reason=form.reason.data.strip(), ip=request.remote_addr)
    done = ask.asking.run(ask.row.id, cause, answers)
    logger.info("staff action", extra={"action": ask.action.name, "subject_id": ask.row.id, "actor_id": ask.actor_id})
    flash(done or f"Done: {ask.action.label.lower()}.", "success")
    return redirect(ask.back)


def _page(ask: Ask, form: Any, *, effects: list[str] | None = None, status: int = 200) -> tuple[str, int]:
    questions = [field for field in form if field.name not in OWN_FIELDS | {"request_key"}]
    shown = ask.show(
        "admin/asking.html",
        action=ask.action,
        row=ask.row,
        form=form,
        questions=questions,
        effects=effects,
        back=ask.back,
        possible=ask.action.applies(ask.row),
    )
    return shown, status


def _show_errors(form: Any, refusal: ValidationFailed) -> None:
    for name, texts in refusal.errors.items():
        field = form[name] if name in form else form.reason
        field.errors = [*field.errors, *texts]


def digest_of(effects: Iterable[str], answers: Answers = MappingProxyType({})) -> str:
    """Return what names exactly these effects and answers, for the form that agrees with them."""
    told = "\n".join([*map(str, effects), *(f"{name}={value}" for name, value in sorted(answers.items()))])
    return hashlib.sha256(told.encode()).hexdigest()
