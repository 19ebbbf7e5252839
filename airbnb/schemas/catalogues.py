"""Shapes of the catalogues that frontends fill their forms and filters from."""

from enum import StrEnum

from marshmallow import Schema, fields

from airbnb.domain.folding import MAX_WORD_LENGTH
from airbnb.schemas.fields import Id, text
from airbnb.schemas.texts import TranslatedField


class AmenityEntrySchema(Schema):
    """One amenity of the catalogue."""

    slug = fields.String(required=True)
    group = fields.String(required=True)
    icon = fields.String(required=True)
    label = TranslatedField(required=True)


class AmenitiesSchema(Schema):
    """Every amenity, group by group."""

    data = fields.List(fields.Nested(AmenityEntrySchema), required=True)


class KindSchema(Schema):
    """One word of a closed set, with its label."""

    slug = fields.String(required=True)
    label = TranslatedField(required=True)


class PropertyTypesSchema(Schema):
    """Every property type, and every room type beside them."""

    data = fields.List(fields.Nested(KindSchema), required=True)
    room_types = fields.List(fields.Nested(KindSchema), required=True)


class CurrencySchema(Schema):
    """One currency: its digits, which providers charge and pay out in it, and whether a rate leads to it."""

    code = fields.String(required=True)
    exponent = fields.Integer(required=True)
    chargeable_by = fields.List(fields.String(), required=True)
    payable_by = fields.List(fields.String(), required=True)
    convertible = fields.Boolean(required=True)


class CurrenciesSchema(Schema):
    """Every currency that prices may be in."""

    data = fields.List(fields.Nested(CurrencySchema), required=True)


class PlaceQuery(Schema):
    """Query of ``GET /places``."""

    q = text(1, 3 * MAX_WORD_LENGTH, required=True)


class PlaceSchema(Schema):
    """One city: what to search by, what to show, and its box as west, south, east, north."""

    place_id = Id(required=True)
    label = fields.String(required=True)
    bbox = fields.List(fields.Float(), required=True)


class PlacesSchema(Schema):
    """Cities whose names begin as asked, the most populous first."""

    data = fields.List(fields.Nested(PlaceSchema), required=True)


def kinds(words: type[StrEnum]) -> list[dict[str, str]]:
    """Return a closed set's words in the shape of ``KindSchema``, their labels in English."""
    return [{"slug": word.value, "label": word.value.replace("_", " ").capitalize()} for word in words]
