"""How a row of Inside Airbnb's listing files becomes a listing of ours."""

from airbnb.domain.inside_airbnb.rows import (
    MUST_HAVE,
    SOURCE,
    ImportedListing,
    Market,
    RowRefused,
    parse_row,
)

__all__ = ["MUST_HAVE", "SOURCE", "ImportedListing", "Market", "RowRefused", "parse_row"]
