"""Refunds at the dashboard: given by line, with a look at the effect first, and sent another way when they fail."""

from functools import partial
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from airbnb.admin import formats
from airbnb.admin.access import staff
from airbnb.admin.forms import FormView, StaffForm, StaffPage
from airbnb.domain import clock
from airbnb.domain.causes import Cause, by_staff
from airbnb.domain.errors import DomainError, NotFound, ValidationFailed
from airbnb.domain.ids import new_token
from airbnb.domain.money import InvalidAmount, Money, parse_money
from airbnb.domain.permissions import Permission
from airbnb.domain.staff_refunds import GOODWILL, REFUNDABLE, RefundBearer, RefundRoute
from airbnb.domain.statuses import ApprovalStatus, RefundStatus
from airbnb.models.bookings import Booking
from airbnb.models.payments import Refund
from airbnb.queries.approvals import find_by_request
from airbnb.queries.bookings import Viewer, get_booking_for
from airbnb.services import refund_routes, refunds
from airbnb.services.refunds import Effect, RefundWish, Standing
from airbnb.unit_of_work import reading
from airbnb.workflows import approvals

KINDS = (*REFUNDABLE, GOODWILL)
STAFF_VIEWER = Viewer(user_id=0, is_staff=True)


def _words(word: str) -> str:
    return word.replace("_", " ").capitalize()


class FindForm(StaffForm):
    """Which booking something is given back of."""

    reason = None
    booking = StringField("The booking's code", [InputRequired(), Length(4, 24)])


class RouteForm(StaffForm):
    """Another way for a refund that failed."""

    route = SelectField(
        "How",
        choices=[
            (RefundRoute.PROVIDER.value, "Ask the provider anew"),
            (RefundRoute.BANK_TRANSFER.value, "Note a bank transfer that was made"),
        ],
    )
    reference = StringField("Reference of the transfer", [Length(0, 140)])


class RefundForm(StaffForm):
    """What goes back, and who bears it; sent once to see the effect, and again to agree with it."""

    bearer = SelectField(
        "Borne by",
        choices=[
            (RefundBearer.EACH.value, "Each for their own part of a line"),
            (RefundBearer.PLATFORM.value, "The platform, the host's part too"),
        ],
    )
    request_key = HiddenField(default=new_token)
    agreed = HiddenField(default="")  # what was shown as the effect


for _kind in KINDS:
    setattr(RefundForm, _kind, StringField(_words(_kind)))


def _wish_of(form: RefundForm, currency: str) -> RefundWish:
    """Return what a form asks for. Raises: ValidationFailed naming the lines that hold no amount."""
    lines, wrong = {}, {}
    for kind in KINDS:
        text = (form[kind].data or "").strip()
        try:
            lines[kind] = parse_money(text, currency).amount_minor if text else 0
        except InvalidAmount as error:
            wrong[kind] = [str(error)]
    if wrong:
        raise ValidationFailed(wrong)
    return RefundWish(lines=lines, bearer=RefundBearer(form.bearer.data))


def _sentences(standing: Standing, effect: Effect) -> list[str]:
    """Return what a refund would do, as staff read it."""
    booking, borne = standing.booking, effect.borne

    def money(amount_minor: int) -> str:
        return str(Money(amount_minor, booking.currency))

    platform_minor = borne.guest_fee_minor + borne.goodwill_minor
    said = [f"The guest gets {money(effect.sent_minor)}; {money(effect.left_after_minor)} of the payments are left."]
    if effect.sent_minor != effect.owed_minor:
        said.append(f"{money(effect.sent_minor - effect.owed_minor)} of it are the provider's step.")
    if effect.part.owed_minor:
        owed = Money(effect.part.owed_minor, booking.listing_currency)
        said.append(f"The host bears {owed}, taken off coming payouts.")
    if effect.part.fee_minor:
        said.append(
            f"The platform gives up {Money(effect.part.fee_minor, booking.listing_currency)} of the host's fee."
        )
    if platform_minor:
        said.append(f"The platform bears {money(platform_minor)}.")
    if borne.taxes_minor:
        said.append(f"{money(borne.taxes_minor)} of taxes are not handed on.")
    return said


class RefundsView(FormView):
    """Every refund, newest first; a failed one waits for another way."""

    needs = Permission.MOVE_MONEY
    form_class = RouteForm
    column_list = (
        "id", "booking_id", "payment_id", "provider", "status", "amount", "reason", "failure_code", "created_at",
    )  # fmt: skip
    column_details_list = (
        *column_list, "lines", "provider_ref", "route", "route_reference", "replaces_id", "succeeded_at", "updated_at",
    )  # fmt: skip
    column_searchable_list = ("provider_ref",)
    column_filters = ("status", "booking_id", "payment_id", "created_at")
    column_sortable_list = ("id",)
    column_formatters = {
        "status": formats.status,
        "route": formats.word,
        "booking_id": formats.link("bookings"),
        "payment_id": formats.link("payments"),
        "amount": formats.amount("amount_minor"),
        **dict.fromkeys(("created_at", "updated_at", "succeeded_at"), formats.instant),
    }

    def changing(self, row: Refund) -> StaffPage | None:
        if row.status is not RefundStatus.FAILED:
            return None
        return StaffPage(title="Send it another way", initial={}, run=partial(_reroute, row.id))

    @expose("/add", methods=("GET", "POST"))
    def add_view(self) -> Any:
        """Ask for the booking, and lead to what can go back of it."""
        form = FindForm(request.form)
        if request.method == "POST" and form.validate():
            try:
                with reading() as session:
                    booking = get_booking_for(session, form.booking.data.strip().upper(), STAFF_VIEWER)
                return redirect(url_for(".booking_view", row_id=booking.id))
            except NotFound:
                form.booking.errors = ["There is no such booking."]
        shown = self.render("admin/refund_find.html", form=form)
        return (shown, 422) if request.method == "POST" else shown

    @expose("/booking/<int:row_id>", methods=("GET", "POST"))
    def booking_view(self, row_id: int) -> Any:
        """Show what can go back of a booking; on POST show the effect, and once that is agreed with, propose it."""
        form = RefundForm(request.form)
        try:
            with reading() as session:
                standing = refunds.standing_of(session, get_booking_for(session, str(row_id), STAFF_VIEWER))
        except DomainError:
            abort(404)
        if request.method == "GET":
            return self._show(form, standing, [])
        if _was_sent(form):
            return redirect(self._list_of(standing.booking))
        effects = self._effects(form, standing) if form.validate() else []
        if effects and form.agreed.data == " ".join(effects):
            return self._propose(standing.booking, form)
        form.agreed.data = " ".join(effects)
        return self._show(form, standing, effects) if effects else (self._show(form, standing, effects), 422)

    def _show(self, form: RefundForm, standing: Standing, effects: list[str]) -> str:
        return str(
            self.render("admin/refund.html", form=form, standing=standing, kinds=KINDS, effects=effects, money=Money)
        )

    def _effects(self, form: RefundForm, standing: Standing) -> list[str]:
        """Return what a filled-in form would do; nothing when it can't be done, which the page then says."""
        try:
            wish = _wish_of(form, standing.booking.currency)
            return _sentences(standing, refunds.effect_of(standing, wish))
        except ValidationFailed as refusal:
            for name, texts in refusal.errors.items():
                form[name].errors = texts
        except DomainError as refusal:
            flash(refusal.detail, "error")
        return []

    def _propose(self, booking: Booking, form: RefundForm) -> Response:
        member = staff()
        assert member is not None, "the view is open to staff alone"
        cause = by_staff(member.id, now=clock.now(), reason=form.reason.data.strip(), ip=request.remote_addr)
        make = partial(refunds.refund_proposal, booking_id=booking.id, wish=_wish_of(form, booking.currency))
        try:
            _say(approvals.propose(make, request_key=form.request_key.data, cause=cause).status)
        except DomainError as refusal:
            flash(refusal.detail, "error")
        return redirect(self._list_of(booking))

    def _list_of(self, booking: Booking) -> str:
        return str(url_for(".index_view", flt0_booking_id_equals=booking.id))


def _was_sent(form: RefundForm) -> bool:
    """Say whether a form was agreed with before: sent twice, it is one refund."""
    with reading() as session:
        return find_by_request(session, form.request_key.data or "") is not None


def _reroute(refund_id: int, form: RouteForm, cause: Cause) -> None:
    make = partial(
        refund_routes.reroute_proposal,
        refund_id=refund_id,
        route=RefundRoute(form.route.data),
        reference=form.reference.data or "",
    )
    _say(approvals.propose(make, request_key=new_token(), cause=cause).status)


def _say(status: ApprovalStatus) -> None:
    if status is ApprovalStatus.PENDING:
        flash("It is above the limit: another member of staff has to approve it.", "warning")
    else:
        flash("It is on its way.", "success")
