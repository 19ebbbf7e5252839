"""Queries of a host's CSV files."""

from typing import Any

from marshmallow import Schema, ValidationError, validates_schema

from airbnb.schemas.calendar import day

MOST_NIGHTS = 1_100


class CalendarFileQuery(Schema):
    """The nights ``[from, to)``, three years at most; either may be left open."""

    first = day(data_key="from")
    until = day(data_key="to")

    @validates_schema
    def check_span(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse an empty span and a longer one."""
        if "until" not in data:
            return
        if "first" not in data:
            raise ValidationError("Name the first night as well.", "from")
        if data["until"] <= data["first"]:
            raise ValidationError("The end comes after the start.", "to")
        if (data["until"] - data["first"]).days > MOST_NIGHTS:
            raise ValidationError(f"At most {MOST_NIGHTS} nights at once.", "to")
