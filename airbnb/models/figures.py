"""Figures by day: derived from the rows they count, and can be made anew from them."""

from datetime import date

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain.figures import Figure
from airbnb.extensions import Base
from airbnb.models.checks import three_letters
from airbnb.models.types import ascii_string, enum_column


class DailyFigure(Base):
    """One figure of one day, in UTC; amounts are in the smallest unit of their currency."""

    __tablename__ = "daily_figures"
    __table_args__ = (*three_letters("currency"), {"sqlite_with_rowid": False})

    day: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[Figure] = mapped_column(enum_column(Figure, name="figure", checked=False), primary_key=True)
    currency: Mapped[str] = mapped_column(ascii_string(3), primary_key=True)  # XXX: counted in pieces
    value: Mapped[int] = mapped_column(BigInteger)
