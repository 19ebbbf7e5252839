"""What the lines of a price are called, in plain English."""

from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    "price_line.nights": "Nights",
    "price_line.discount.new_listing": "New listing promotion",
    "price_line.discount.promotion": "Promotion",
    "price_line.discount.monthly": "Monthly discount",
    "price_line.discount.weekly": "Weekly discount",
    "price_line.discount.early_bird": "Early-bird discount",
    "price_line.discount.last_minute": "Last-minute discount",
    "price_line.non_refundable": "Non-refundable discount",
    "price_line.extra_guests": "Extra guests",
    "price_line.pets": "Pet fee",
    "price_line.cleaning": "Cleaning fee",
    "price_line.guest_service_fee": "Service fee",
    "price_line.coupon": "Coupon",
    "price_line.coupon.platform": "Coupon",
    "price_line.coupon.host": "Coupon of the host",
    "price_line.tax": "Occupancy tax",
}
#: Before the name of a place's own tax, as staff wrote it.
PLACE_TAX = "place_tax:"


def label_of(key: str) -> str:
    """Return the text of a line's label; a place's own tax is called by its name."""
    if key.startswith(PLACE_TAX):
        return key.removeprefix(PLACE_TAX)
    return LABELS.get(key) or key.rpartition(".")[2].replace("_", " ").capitalize()
