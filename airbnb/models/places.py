"""The offline gazetteer: cities that a search may name."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.extensions import Base
from airbnb.models.checks import not_negative, within
from airbnb.models.types import IdMixin, ascii_string


class Place(IdMixin, Base):
    """One city with the box that a search for it looks in."""

    __tablename__ = "places"
    __table_args__ = (
        CheckConstraint("length(country_code) = 2", name="country_code_length"),
        *not_negative("population"),
        *within(-90_000_000, 90_000_000, "latitude_e6", "south_e6", "north_e6"),
        *within(-180_000_000, 180_000_000, "longitude_e6", "west_e6", "east_e6"),
        CheckConstraint("south_e6 <= north_e6", name="box"),
        Index(None, "folded_name", "population"),
    )

    name: Mapped[str] = mapped_column(String(120))
    folded_name: Mapped[str] = mapped_column(String(120))  # lower case, without accents
    country_code: Mapped[str] = mapped_column(ascii_string(2))  # ISO 3166-1 alpha-2
    admin_name: Mapped[str | None] = mapped_column(String(120))  # region
    latitude_e6: Mapped[int] = mapped_column(Integer)  # WGS 84, millionths of a degree
    longitude_e6: Mapped[int] = mapped_column(Integer)
    west_e6: Mapped[int] = mapped_column(Integer)  # above ``east_e6`` over the antimeridian
    south_e6: Mapped[int] = mapped_column(Integer)
    east_e6: Mapped[int] = mapped_column(Integer)
    north_e6: Mapped[int] = mapped_column(Integer)
    population: Mapped[int] = mapped_column(Integer, default=0)


class PlaceName(Base):
    """Another name of a city, as people of other languages and times write it."""

    __tablename__ = "place_names"
    __table_args__ = (
        Index(None, "place_id"),
        # Rows stand in the order of the names, as InnoDB keeps them: a beginning is read in one go.
        {"sqlite_with_rowid": False},
    )

    folded_name: Mapped[str] = mapped_column(String(120), primary_key=True)
    place_id: Mapped[int] = mapped_column(
        ForeignKey("places.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    population: Mapped[int] = mapped_column(Integer)  # the city's, so that names alone can be ranked
