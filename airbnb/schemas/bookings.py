"""Shapes of bookings: what a guest sends, what each side sees."""

from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from airbnb.domain.booking_actions import Action
from airbnb.domain.kinds import ActorKind, Provider
from airbnb.domain.orders import PaymentChoice, Wish
from airbnb.domain.pricing import LineKind, Party, RatePlan
from airbnb.domain.quote_tokens import MAX_TOKEN_LENGTH
from airbnb.domain.statuses import BookingStatus, PendingOn, Phase
from airbnb.domain.stays import Stay
from airbnb.extensions import current_settings
from airbnb.schemas.fields import CurrencyCode, Id, Instant, MoneyField, text, whole_number
from airbnb.schemas.listings import AddressSchema
from airbnb.schemas.paging import PageArgs
from airbnb.schemas.payments import PaymentBriefSchema
from airbnb.schemas.periods import PeriodQuery
from airbnb.schemas.photos import PhotoSchema
from airbnb.schemas.price_labels import LabelField
from airbnb.schemas.quotes import MAX_PARTY, CancellationTermsSchema, PriceLineSchema, check_span, stay_date

MAX_URL = 2_000
MAX_TEXT = 2_000
MAX_REASON = 500


class GuestsSchema(Schema):
    """Who comes."""

    adults = whole_number(1, MAX_PARTY, required=True)
    children = whole_number(0, MAX_PARTY, load_default=0)
    infants = whole_number(0, MAX_PARTY, load_default=0)
    pets = whole_number(0, MAX_PARTY, load_default=0)


class ReturnURL(fields.URL):
    """An address of a frontend of ours: a configured origin, then any path."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(require_tld=False, validate=validate.Length(1, MAX_URL), **kwargs)

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        address = str(super()._deserialize(*args, **kwargs))
        settings = current_settings()
        allowed = {_origin(url) for url in (settings.frontend_url, *settings.cors_origins)}
        # A prefix would also match hosts that only begin like ours.
        if _origin(address) not in allowed:
            raise ValidationError("The address must begin with an origin of the frontend.")
        return address


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


class PaymentChoiceSchema(Schema):
    """How to pay: body of ``POST /bookings/{id}/pay``."""

    payment_method = fields.Enum(Provider, by_value=True, required=True)
    payment_token = text(1, 255)
    return_url = ReturnURL()
    cancel_url = ReturnURL()

    @post_load
    def as_choice(self, data: dict[str, Any], **kwargs: Any) -> Any:
        """Return the body as the booking service wants it."""
        return payment_choice(data)


def payment_choice(data: dict[str, Any]) -> PaymentChoice:
    """Return the parts of a body that say how to pay."""
    return PaymentChoice(
        provider=data["payment_method"],
        token=data.get("payment_token"),
        return_url=data.get("return_url"),
        cancel_url=data.get("cancel_url"),
    )


class BookingCreateSchema(Schema):
    """Body of ``POST /bookings``."""

    listing_id = Id(required=True)
    check_in = stay_date()
    check_out = stay_date()
    guests = fields.Nested(GuestsSchema, required=True)
    rate_plan = fields.Enum(RatePlan, by_value=True, load_default=RatePlan.STANDARD)
    coupon_code = text(1, 40)
    currency = CurrencyCode()
    message = text(1, MAX_TEXT)
    payment_method = fields.Enum(Provider, by_value=True, required=True)
    payment_token = text(1, 255)
    return_url = ReturnURL()
    cancel_url = ReturnURL()
    quote_token = fields.String(validate=validate.Length(1, MAX_TOKEN_LENGTH))
    expected_total = MoneyField()

    @validates_schema
    def check_stay(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse dates that make no stay."""
        check_span(data)

    @post_load
    def with_wish(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Return the body with its stay and its way to pay as the booking service wants them."""
        return {
            "listing_id": data["listing_id"],
            "wish": Wish(
                stay=Stay(data["check_in"], data["check_out"]),
                party=Party(**data["guests"]),
                rate_plan=data["rate_plan"],
                coupon=data.get("coupon_code"),
                currency=data.get("currency"),
            ),
            "payment": payment_choice(data),
            "message": data.get("message"),
            "expected": data.get("expected_total"),
            "quote_token": data.get("quote_token"),
        }


class BookingListQuery(PeriodQuery, PageArgs):
    """Query of ``GET /bookings``; ``from`` and ``to`` are half-open on check-in."""

    as_ = fields.String(
        data_key="as", load_default="guest", validate=validate.OneOf([ActorKind.GUEST.value, ActorKind.HOST.value])
    )
    status = fields.String(metadata={"description": "A list of statuses with commas between them"})
    phase = fields.Enum(Phase, by_value=True)

    @validates_schema
    def check_statuses(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse a status that does not exist."""
        known = {status.value for status in BookingStatus}
        for word in data["status"].split(",") if "status" in data else ():
            if word not in known:
                raise ValidationError(f"There is no status {word!r}.", "status")


class DeclineSchema(Schema):
    """Body of ``POST /bookings/{id}/decline``."""

    reason = text(1, MAX_REASON)


class CancelSchema(Schema):
    """Body of ``POST /bookings/{id}/cancel``."""

    reason = text(1, MAX_REASON)
    expected_refund = MoneyField()


class BookedListingSchema(Schema):
    """What is booked; the address is shown once the stay is confirmed."""

    id = Id(required=True)
    title = fields.String(required=True)
    cover_photo = fields.Nested(PhotoSchema, required=True, allow_none=True)
    time_zone = fields.String(required=True)
    address = fields.Nested(AddressSchema)


class CounterpartySchema(Schema):
    """The other side."""

    id = Id(required=True)
    first_name = fields.String(required=True)
    avatar_url = fields.String(required=True, allow_none=True)


class BookingReviewSchema(Schema):
    """Until when this side may write, and which reviews there are; the other side's once it is out."""

    can_write_until = Instant(required=True, allow_none=True)
    mine = Id(required=True, allow_none=True)
    theirs = Id(required=True, allow_none=True)


class StatusChangeSchema(Schema):
    """One move of the booking's status."""

    from_ = fields.String(data_key="from", attribute="from", required=True, allow_none=True)
    to = fields.String(required=True)
    by = fields.Enum(ActorKind, by_value=True, required=True)
    at = Instant(required=True)
    reason = fields.String(required=True, allow_none=True)


class BookingSchema(Schema):
    """A booking as one of its sides sees it; ``actions`` names what this caller may do now."""

    id = Id(required=True)
    code = fields.String(required=True)
    status = fields.Enum(BookingStatus, by_value=True, required=True)
    pending_on = fields.Enum(PendingOn, by_value=True, required=True, allow_none=True)
    phase = fields.Enum(Phase, by_value=True, required=True)
    hold_expires_at = Instant()
    respond_by = Instant()
    listing = fields.Nested(BookedListingSchema, required=True)
    check_in = fields.Date(required=True)
    check_out = fields.Date(required=True)
    check_in_at = Instant(required=True)
    check_out_at = Instant(required=True)
    guests = fields.Nested(GuestsSchema, required=True)
    rate_plan = fields.Enum(RatePlan, by_value=True, required=True)
    lines = fields.List(fields.Nested(PriceLineSchema), required=True)
    total = MoneyField(required=True)
    paid = MoneyField(required=True)
    refunded = MoneyField(required=True)
    host_payout = MoneyField(metadata={"description": "Host and staff only"})
    cancellation = fields.Nested(CancellationTermsSchema, required=True)
    payment = fields.Nested(PaymentBriefSchema, required=True, allow_none=True)
    change = fields.Nested("ChangeSchema", metadata={"description": "The open change, if there is one"})
    no_show_at = Instant(metadata={"description": "When the host noted that nobody came"})
    counterparty = fields.Nested(CounterpartySchema, required=True)
    conversation_id = Id(required=True, allow_none=True)
    review = fields.Nested(BookingReviewSchema, required=True)
    arrival_guide = fields.String()
    actions = fields.List(fields.Enum(Action, by_value=True), required=True)
    status_history = fields.List(fields.Nested(StatusChangeSchema), required=True)
    created_at = Instant(required=True)


class RefundLineSchema(Schema):
    """One part of the price: what of it is kept and what comes back."""

    kind = fields.Enum(LineKind, by_value=True, required=True)
    label = LabelField(required=True)
    charged = MoneyField(negative=True, required=True)
    kept = MoneyField(negative=True, required=True)
    refund = MoneyField(negative=True, required=True)


class CancellationPreviewSchema(CancellationTermsSchema):
    """What cancelling now gives back, line by line, and over time."""

    refund = MoneyField(required=True)
    lines = fields.List(fields.Nested(RefundLineSchema), required=True)
