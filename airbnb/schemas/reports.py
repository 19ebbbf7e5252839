"""Shapes of reports to staff."""

from marshmallow import Schema, fields

from airbnb.domain.kinds import ReportReason, ReportSubject
from airbnb.schemas.fields import Id, Instant, words

TEXT_LENGTH = 2_000


class ReportCreateSchema(Schema):
    """Why somebody tells staff."""

    reason_code = fields.Enum(ReportReason, by_value=True, required=True)
    text = words(TEXT_LENGTH)


class ReportSchema(Schema):
    """A report as its author sees it."""

    id = Id(required=True)
    subject_type = fields.Enum(ReportSubject, by_value=True, required=True)
    subject_id = Id(required=True)
    reason_code = fields.Enum(ReportReason, by_value=True, required=True)
    text = fields.String(required=True, allow_none=True)
    created_at = Instant(required=True)
