"""Shape of the places where somebody is signed in."""

from marshmallow import Schema, fields

from airbnb.domain.kinds import SessionKind
from airbnb.schemas.fields import Id, Instant


class SessionSchema(Schema):
    """One signed-in device; ``current`` is the one that asks."""

    id = Id(required=True)
    kind = fields.Enum(SessionKind, by_value=True, required=True)
    current = fields.Boolean(required=True)
    user_agent = fields.String(required=True)
    ip = fields.String(required=True)
    created_at = Instant(required=True)
    last_used_at = Instant(required=True)
    expires_at = Instant(required=True)
