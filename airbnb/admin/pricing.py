"""Taxes of places, coupons and exchange rates at the dashboard: what staff set prices with."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from airbnb.admin import formats
from airbnb.admin.actions import StaffAction
from airbnb.admin.forms import FormView, PercentField, StaffForm, StaffPage, amount_text, money_of
from airbnb.domain import clock
from airbnb.domain.causes import Cause
from airbnb.domain.coupons import CouponDraft
from airbnb.domain.permissions import Permission
from airbnb.domain.pricing import CouponFunding
from airbnb.domain.tax_rules import TaxPlace, TaxRuleDraft
from airbnb.domain.taxes import RemittedBy, TaxBase, TaxKind
from airbnb.models.pricing import Coupon, TaxRuleVersion
from airbnb.services import coupon_staff, tax_rules
from airbnb.services.rates import set_staff_rate
from airbnb.unit_of_work import in_transaction

CURRENCY = "Three letters; needed for amounts."


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value.replace("_", " ").capitalize()) for word in words]


def _word(text: str | None) -> str | None:
    return (text or "").strip() or None


def _code(text: str | None) -> str | None:
    word = _word(text)
    return word.upper() if word else None


class TaxRuleForm(StaffForm):
    """What a place asks for."""

    country_code = StringField("Country", [InputRequired()], description="Two letters, such as PT.")
    region = StringField("Region", [Length(0, 120)], description="Empty: the whole country.")
    city = StringField("City", [Length(0, 120)], description="Empty: the whole country or region.")
    label = StringField("Name, as guests read it", [InputRequired()])
    kind = SelectField("Counted in", choices=_choices(TaxKind))
    rate_bps = PercentField("Percent", description="For a percentage.")
    base = SelectField("Percentage of", choices=_choices(TaxBase))
    amount = StringField("Amount", description="For the other kinds.")
    currency = StringField("Currency of the amount", description=CURRENCY)
    max_nights = IntegerField("Most nights taxed", [Optional()])
    exempt_from_nights = IntegerField("Free from so many nights on", [Optional()])
    exempt_below_age = IntegerField("Free below this age", [Optional()])
    inclusive = BooleanField("Inside the host's prices")
    remitted_by = SelectField("Handed on by", choices=_choices(RemittedBy))
    valid_from = DateField("For stays that begin on", [InputRequired()])
    valid_until = DateField("And before", [Optional()])

    def draft(self) -> TaxRuleDraft:
        """Return what the form says. Raises: ValidationFailed for an amount that is none."""
        place = TaxPlace(
            country_code=_code(self.country_code.data) or "", region=_word(self.region.data), city=_word(self.city.data)
        )
        return TaxRuleDraft(
            place=place,
            label=self.label.data or "",
            kind=TaxKind(self.kind.data),
            base=TaxBase(self.base.data),
            rate_bps=self.rate_bps.data or 0,
            amount_minor=money_of(self, "amount") or 0,
            currency=_code(self.currency.data),
            max_nights=self.max_nights.data,
            exempt_from_nights=self.exempt_from_nights.data,
            exempt_below_age=self.exempt_below_age.data,
            inclusive=self.inclusive.data,
            remitted_by=RemittedBy(self.remitted_by.data),
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
        )


def _retire_rule(rule_id: int, cause: Cause, word: str) -> None:
    in_transaction(partial(tax_rules.retire_rule, rule_id=rule_id, cause=cause))


class TaxRulesView(FormView):
    """Every version of every place's tax; those without an end are in force."""

    needs = Permission.SET_PRICES
    is_small = True
    form_class = TaxRuleForm
    staff_actions = (
        StaffAction(
            name="retire",
            label="Take out of force",
            permission=Permission.SET_PRICES,
            applies=lambda rule: rule.current_of is not None,
            effects=lambda rule: [f"New quotes come without {rule.label}.", "Bookings keep what they were made with."],
            run=_retire_rule,
        ),
    )
    column_list = (
        "id", "country_code", "region", "city", "label", "kind", "rate_bps", "amount", "version", "valid_from",
        "valid_until", "ended_at",
    )  # fmt: skip
    column_details_list = (
        *column_list, "series_id", "base", "currency", "max_nights", "exempt_from_nights", "exempt_below_age",
        "inclusive", "remitted_by", "created_at", "created_by_id",
    )  # fmt: skip
    column_filters = ("country_code", "city", "kind", "series_id", "ended_at")
    column_searchable_list = ("label",)
    column_sortable_list = ("id", "country_code", "valid_from")
    column_formatters = {
        "amount": lambda view, context, row, name: amount_text(row.amount_minor, row.currency),
        "ended_at": formats.instant,
        "created_at": formats.instant,
        "created_by_id": formats.link("users"),
    }

    def adding(self) -> StaffPage:
        return StaffPage(
            title="Add a tax",
            initial={"valid_from": clock.now().date()},
            run=_written(lambda session, form, cause: tax_rules.add_rule(session, form.draft(), cause=cause)),
        )

    def changing(self, row: TaxRuleVersion) -> StaffPage | None:
        if row.current_of is None:
            return None
        fields = {name: getattr(row, name, None) for name in self.form_class()._fields}
        return StaffPage(
            title="Make the next version",
            initial={**fields, "amount": amount_text(row.amount_minor, row.currency)},
            run=_written(
                lambda session, form, cause: tax_rules.change_rule(session, row.id, form.draft(), cause=cause)
            ),
        )


class CouponForm(StaffForm):
    """What a coupon takes off, and for whom."""

    code = StringField("Code", [InputRequired()], description="3 to 40 letters, digits, - or _.")
    percent_bps = PercentField("Percent of the host subtotal")
    amount_minor = StringField("Or an amount")
    max_minor = StringField("At most", description="For a percentage.")
    min_subtotal_minor = StringField("Only from a host subtotal of")
    currency = StringField("Currency of the amounts", description=CURRENCY)
    funded_by = SelectField("Paid by", choices=_choices(CouponFunding))
    valid_from = DateField("From the beginning of (UTC)", [InputRequired()])
    valid_until = DateField("Until the beginning of (UTC)", [Optional()])
    max_uses = IntegerField("Uses in all", [Optional()])
    max_uses_per_guest = IntegerField("Uses of one guest", [Optional()])
    listing_id = IntegerField("Only for the listing", [Optional()])
    host_id = IntegerField("Only for places of the host", [Optional()])

    def draft(self) -> CouponDraft:
        """Return what the form says. Raises: ValidationFailed for an amount that is none."""
        until = self.valid_until.data
        return CouponDraft(
            code=_code(self.code.data) or "",
            percent_bps=self.percent_bps.data,
            amount_minor=money_of(self, "amount_minor"),
            max_minor=money_of(self, "max_minor"),
            min_subtotal_minor=money_of(self, "min_subtotal_minor"),
            currency=_code(self.currency.data),
            funded_by=CouponFunding(self.funded_by.data),
            valid_from=_midnight(self.valid_from.data),
            valid_until=None if until is None else _midnight(until),
            max_uses=self.max_uses.data,
            max_uses_per_guest=self.max_uses_per_guest.data,
            listing_id=self.listing_id.data,
            host_id=self.host_id.data,
        )


def _midnight(day: Any) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _retire_coupon(coupon_id: int, cause: Cause, word: str) -> None:
    in_transaction(partial(coupon_staff.retire_coupon, coupon_id=coupon_id, cause=cause))


class CouponsView(FormView):
    """Every coupon, with how often it was used."""

    needs = Permission.SET_PRICES
    is_small = True
    form_class = CouponForm
    staff_actions = (
        StaffAction(
            name="retire",
            label="Take back",
            permission=Permission.SET_PRICES,
            applies=lambda coupon: coupon.retired_at is None,
            effects=lambda coupon: [f"Nobody can use {coupon.code} from now on.", "Bookings keep what it took off."],
            run=_retire_coupon,
        ),
    )
    column_list = ("id", "code", "funded_by", "uses", "max_uses", "valid_from", "valid_until", "retired_at")
    column_details_list = (
        *column_list, "percent_bps", "amount", "at_most", "from_subtotal", "currency", "max_uses_per_guest",
        "listing_id", "host_id", "created_at", "updated_at",
    )  # fmt: skip
    column_filters = ("code", "funded_by", "listing_id", "host_id", "valid_until", "retired_at")
    column_searchable_list = ("code",)
    column_sortable_list = ("id", "code", "uses")
    column_formatters = {
        "amount": lambda view, context, row, name: amount_text(row.amount_minor, row.currency),
        "at_most": lambda view, context, row, name: amount_text(row.max_minor, row.currency),
        "from_subtotal": lambda view, context, row, name: amount_text(row.min_subtotal_minor, row.currency),
        "listing_id": formats.link("listings"),
        "host_id": formats.link("users"),
        "valid_from": formats.instant,
        "valid_until": formats.instant,
        "retired_at": formats.instant,
        "created_at": formats.instant,
        "updated_at": formats.instant,
    }

    def adding(self) -> StaffPage:
        return StaffPage(
            title="Give a coupon out",
            initial={"valid_from": clock.now().date()},
            run=_written(lambda session, form, cause: coupon_staff.add_coupon(session, form.draft(), cause=cause)),
        )

    def changing(self, row: Coupon) -> StaffPage | None:
        if row.retired_at is not None:
            return None
        fields = {name: getattr(row, name, None) for name in self.form_class()._fields}
        amounts = ("amount_minor", "max_minor", "min_subtotal_minor")
        return StaffPage(
            title="Change the coupon",
            initial=fields | {name: amount_text(getattr(row, name), row.currency) for name in amounts},
            run=_written(
                lambda session, form, cause: coupon_staff.change_coupon(session, row.id, form.draft(), cause=cause)
            ),
        )


class RateForm(StaffForm):
    """What one euro is worth on one day."""

    quote = StringField("Currency", [InputRequired()])
    rate = StringField("For one euro", [InputRequired()], description="Such as 1.0832.")
    on = DateField("On", [InputRequired()])


class RatesView(FormView):
    """Exchange rates by day; staff's own win on theirs."""

    needs = Permission.SET_PRICES
    is_small = True
    form_class = RateForm
    can_view_details = False
    column_display_pk = False
    column_default_sort = ("on", True)
    column_list = ("on", "quote", "rate", "source", "created_at")
    column_filters = ("quote", "source", "on")
    column_sortable_list = ("on", "quote")
    column_formatters = {"created_at": formats.instant}

    def adding(self) -> StaffPage:
        return StaffPage(title="Set a rate", initial={"on": clock.now().date()}, run=_written(_set_rate))

    def get_one(self, id: Any) -> Any:
        """Return nothing: rates have no page of their own."""
        return None


def _set_rate(session: Any, form: RateForm, cause: Cause) -> None:
    set_staff_rate(session, _code(form.quote.data) or "", form.rate.data.strip(), form.on.data, cause=cause)


def _written(write: Callable[[Any, Any, Cause], Any]) -> Callable[[Any, Cause], None]:
    """Return what does ``write`` in a transaction of its own."""
    return lambda form, cause: in_transaction(lambda session: write(session, form, cause) and None)
