"""Spans of days in queries."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema


class PeriodQuery(Schema):
    """The days ``[from, to)``; either may be left open."""

    from_ = fields.Date(data_key="from")
    to = fields.Date()

    @validates_schema
    def check_period(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse a span without days."""
        if "from_" in data and "to" in data and data["to"] <= data["from_"]:
            raise ValidationError("to must be after from.", "to")
