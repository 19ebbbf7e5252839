"""The key of a price line's label that carries its text in itself."""

#: Before the name of a place's own tax, as staff wrote it.
PLACE_TAX = "place_tax:"
