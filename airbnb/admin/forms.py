"""Forms in which staff write something down: filled in, checked by the service that writes it, kept with a reason."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_admin.form import SecureForm
from werkzeug.wrappers import Response
from wtforms import Field, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from airbnb.admin.access import staff
from airbnb.admin.actions import REASON_LENGTH
from airbnb.admin.views import StaffView, refuse
from airbnb.domain import clock
from airbnb.domain.causes import Cause, by_staff
from airbnb.domain.errors import DomainError, ValidationFailed
from airbnb.domain.money import BPS_PER_PERCENT, InvalidAmount, format_amount, parse_money

logger = logging.getLogger(__name__)


class StaffForm(SecureForm):
    """The base of every form: a reason goes with whatever it changes."""

    reason = StringField("Reason (for the audit log)", [InputRequired("Say why."), Length(3, REASON_LENGTH)])


class PercentField(Field):
    """A percentage such as 12.5, held in basis points."""

    widget = StringField.widget

    def _value(self) -> str:
        return "" if self.data is None else format(Decimal(self.data) / BPS_PER_PERCENT, "f")

    def process_formdata(self, valuelist: list[str]) -> None:
        text = (valuelist or [""])[0].strip()
        self.data: int | None = None
        if not text:
            return
        try:
            bps = Decimal(text) * BPS_PER_PERCENT if text.isascii() else Decimal("NaN")
        except InvalidOperation:
            bps = Decimal("NaN")
        if not bps.is_finite() or bps != bps.to_integral_value():
            raise ValidationError("A percentage with at most two decimals, such as 12.5.")
        self.data = int(bps)


def money_of(form: Any, name: str) -> int | None:
    """Return an amount of a form in minor units of the form's currency.

    Raises: ValidationFailed naming the field.
    """
    text, currency = (form[name].data or "").strip(), (form.currency.data or "").strip().upper()
    if not text:
        return None
    try:
        return parse_money(text, currency).amount_minor
    except (InvalidAmount, ValueError) as error:
        raise ValidationFailed({name: [str(error) or "Not an amount of this currency."]}) from error


def amount_text(amount_minor: int | None, currency: str | None) -> str:
    """Return an amount as a form shows it; empty for nothing."""
    return format_amount(amount_minor, currency) if amount_minor and currency else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPage:
    """One page with a form: what it is called, what fills it at first, and what it does."""

    title: str
    initial: Mapping[str, Any]
    run: Callable[[Any, Cause], None]


class FormView(StaffView):
    """A table that staff add to, and whose rows they change through services."""

    list_template = "admin/staff_form_list.html"
    details_template = "admin/staff_form_details.html"
    form_class: type[StaffForm]

    def adding(self) -> StaffPage:
        """Return the page that adds a row."""
        raise NotImplementedError

    def changing(self, row: Any) -> StaffPage | None:
        """Return the page that changes a row; None when it cannot be changed."""
        return None

    @expose("/add", methods=("GET", "POST"))
    def add_view(self) -> Any:
        """Ask for what a new row needs; on POST, write it."""
        return self._answer(self.adding(), url_for(".index_view"))

    @expose("/<int:row_id>/change", methods=("GET", "POST"))
    def change_view(self, row_id: int) -> Any:
        """Show a row to be changed; on POST, change it."""
        row = self.get_one(str(row_id)) or abort(404)
        page = self.changing(row) or abort(404)
        return self._answer(page, url_for(".index_view"))

    def _answer(self, page: StaffPage, back: str) -> Any:
        member = staff()
        if member is None or not member.may(self.needs):
            return refuse()
        form = self.form_class(request.form, data=None if request.method == "POST" else page.initial)
        if request.method == "POST" and form.validate():
            done = self._run(page, form, member.id, back)
            if done is not None:
                return done
        shown = self.render("admin/staff_form.html", form=form, back=back, title=page.title)
        return (shown, 422) if request.method == "POST" else shown

    def _run(self, page: StaffPage, form: Any, actor_id: int, back: str) -> Response | None:
        reason = form.reason.data.strip()
        try:
            page.run(form, by_staff(actor_id, now=clock.now(), reason=reason, ip=request.remote_addr))
        except ValidationFailed as refusal:
            for name, texts in refusal.errors.items():
                (form[name] if name in form else form.reason).errors = texts
            return None
        except DomainError as refusal:
            flash(refusal.detail, "error")
            return redirect(back)
        logger.info("staff form", extra={"page": page.title, "actor_id": actor_id})
        flash("Done.", "success")
        return redirect(back)
