"""Documents as PDF."""

from airbnb.integrations.pdf.pages import draw_sheets

__all__ = ["draw_sheets"]
