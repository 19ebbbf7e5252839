"""Fields whose text is put into the language of the request when it is shown."""

from typing import Any

from flask_babel import gettext
from marshmallow import fields


class TranslatedField(fields.String):
    """A label of our own data: English inside, in JSON as the catalogue of the language has it."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(gettext(value))
