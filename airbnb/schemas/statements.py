"""Shapes of statements."""

from marshmallow import Schema, fields

from airbnb.schemas.fields import MoneyField
from airbnb.schemas.paging import PageArgs
from airbnb.schemas.periods import PeriodQuery


class StatementFileQuery(PeriodQuery):
    """Query of ``GET /users/me/statements.csv``; half-open on the day of posting, in UTC."""


class StatementQuery(PeriodQuery, PageArgs):
    """Query of ``GET /users/me/statements``; half-open on the day of posting, in UTC."""


class StatementLineSchema(Schema):
    """One line of the book; in a host's statement money to the host is above zero."""

    id = fields.String(required=True)
    at = fields.AwareDateTime(required=True, format="iso")
    event = fields.String(required=True, metadata={"example": "booking_completed"})
    account = fields.String(required=True, metadata={"example": "host_payable"})
    booking_code = fields.String(required=True, allow_none=True)
    amount = MoneyField(negative=True, required=True)
    sent = MoneyField(
        required=True,
        allow_none=True,
        metadata={"description": "What the whole payout came to in the currency of its account; null of other events"},
    )
