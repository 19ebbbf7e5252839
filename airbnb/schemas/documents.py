"""Shapes of receipts and credit notes, as they were frozen when they were issued."""

from marshmallow import Schema, fields

from airbnb.domain.documents import DocumentKind
from airbnb.domain.kinds import Provider
from airbnb.domain.pricing import LineKind
from airbnb.schemas.fields import Instant, MoneyField
from airbnb.schemas.quotes import IncludedTaxSchema, PriceLineSchema


class BilledStaySchema(Schema):
    """The stay that a document is about."""

    code = fields.String(required=True)
    listing_title = fields.String(required=True)
    city = fields.String(required=True)
    country_code = fields.String(required=True)
    check_in = fields.Date(required=True)
    check_out = fields.Date(required=True)
    nights = fields.Integer(required=True)
    guests = fields.Integer(required=True)


class CreditedLineSchema(Schema):
    """What of one kind of line goes back."""

    kind = fields.Enum(LineKind, by_value=True, required=True)
    amount = MoneyField(negative=True, required=True)


class DocumentSchema(Schema):
    """One receipt or credit note; the lines are those of the whole stay."""

    number = fields.String(required=True)
    kind = fields.Enum(DocumentKind, by_value=True, required=True)
    receipt_number = fields.String(metadata={"description": "Of a credit note: the receipt that it belongs to"})
    issued_at = Instant(required=True)
    issuer = fields.List(fields.String(), required=True)
    guest = fields.String(required=True)
    host = fields.String(required=True)
    stay = fields.Nested(BilledStaySchema, required=True)
    lines = fields.List(fields.Nested(PriceLineSchema), required=True)
    taxes_included = fields.List(fields.Nested(IncludedTaxSchema), required=True)
    total = MoneyField(required=True)
    paid_before = MoneyField(metadata={"description": "Of a receipt: what earlier payments brought"})
    credited = fields.List(fields.Nested(CreditedLineSchema))
    amount = MoneyField(required=True, metadata={"description": "What was captured, or what was refunded"})
    provider = fields.Enum(Provider, by_value=True, required=True)
    exchange_rate = fields.String(required=True, allow_none=True)
    exchange_rate_on = fields.Date(required=True, allow_none=True)


class ReceiptSchema(Schema):
    """Everything that was issued for a booking, in the order of the numbers."""

    code = fields.String(required=True)
    captured = MoneyField(required=True)
    refunded = MoneyField(required=True)
    documents = fields.List(fields.Nested(DocumentSchema), required=True)
