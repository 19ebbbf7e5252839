"""Ids in paths: ``/users/<id:user_id>``."""

from werkzeug.routing import BaseConverter, ValidationError

from airbnb.domain.ids import MAX_ID


class IdConverter(BaseConverter):
    """Digits of an id of ours; anything else is no such page."""

    regex = r"[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        if int(value) > MAX_ID:
            raise ValidationError
        return int(value)


def id_in_path(converter: BaseConverter) -> dict[str, str]:
    """Describe an id in a path for the OpenAPI document."""
    return {"type": "string", "pattern": "^[0-9]{1,19}$"}
