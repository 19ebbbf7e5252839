"""Receipts and credit notes: their numbers, and the plain texts that a page of theirs is set from."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

#: Receipts and credit notes share one series of numbers, without a gap.
SERIES = "guests"
NUMBER_DIGITS = 8


class DocumentKind(StrEnum):
    """What a document says: money has come, or money has gone back."""

    RECEIPT = "receipt"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """One row of the table of amounts; ``is_total`` sets it in bold."""

    text: str
    amount: str
    quantity: str = ""
    unit: str = ""
    is_total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything that one document shows, as texts in the reader's language.

    Shape: ``issuer`` is a name and the lines of an address; ``parties`` and ``facts`` are pairs of heading and text;
    ``columns`` heads the table of amounts.
    """

    title: str
    number: str
    issuer: list[str]
    issued_at: datetime
    issued: str
    parties: list[tuple[str, list[str]]]
    facts: list[tuple[str, str]]
    columns: tuple[str, str, str, str]
    lines: list[SheetLine] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    footer: str = ""


def number_text(number: int) -> str:
    """Return a document's number as it is written on it: eight digits at least."""
    return str(number).zfill(NUMBER_DIGITS)
