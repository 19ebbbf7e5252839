"""What the lines of a price are called, in the language of the request."""

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from marshmallow import fields

from airbnb.domain.price_labels import PLACE_TAX

LABELS: Mapping[str, LazyString] = {
    "price_line.nights": _("Nights"),
    "price_line.discount.new_listing": _("New listing promotion"),
    "price_line.discount.promotion": _("Promotion"),
    "price_line.discount.monthly": _("Monthly discount"),
    "price_line.discount.weekly": _("Weekly discount"),
    "price_line.discount.early_bird": _("Early-bird discount"),
    "price_line.discount.last_minute": _("Last-minute discount"),
    "price_line.non_refundable": _("Non-refundable discount"),
    "price_line.extra_guests": _("Extra guests"),
    "price_line.pets": _("Pet fee"),
    "price_line.cleaning": _("Cleaning fee"),
    "price_line.guest_service_fee": _("Service fee"),
    "price_line.coupon": _("Coupon"),
    "price_line.coupon.platform": _("Coupon"),
    "price_line.coupon.host": _("Coupon of the host"),
    "price_line.tax": _("Occupancy tax"),
}


class LabelField(fields.String):
    """The label of a price line: its key inside, its text in JSON."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else label_of(value)


def label_of(key: str) -> str:
    """Return the text of a line's label; a place's own tax is called by its name.

    Needs: an app context; the language is that of the request.
    """
    if key.startswith(PLACE_TAX):
        return key.removeprefix(PLACE_TAX)
    label = LABELS.get(key)
    return str(label) if label is not None else key.rpartition(".")[2].replace("_", " ").capitalize()
