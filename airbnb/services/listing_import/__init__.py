"""Takes listings of another site into the marketplace, in bulk and safe to run again."""

from airbnb.services.listing_import.places import save_imported_city
from airbnb.services.listing_import.plans import Plan, plan_import
from airbnb.services.listing_import.writes import carry_out

__all__ = ["Plan", "carry_out", "plan_import", "save_imported_city"]
