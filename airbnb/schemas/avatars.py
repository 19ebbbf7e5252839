"""The form that carries a picture of a person."""

from marshmallow import Schema

from airbnb.schemas.photos import Upload


class AvatarUploadSchema(Schema):
    """The multipart form of ``PUT /users/me/avatar``."""

    file = Upload(required=True, metadata={"type": "string", "format": "binary"})
