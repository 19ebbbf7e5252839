"""Opens Inside Airbnb's listing files, gzipped or not, and refuses what is none before anything is written."""

import csv
import gzip
import io
import statistics
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from airbnb.domain.geo.coordinates import check_coordinates, to_e6
from airbnb.domain.inside_airbnb import MUST_HAVE
from airbnb.domain.inside_airbnb.markets import MarketGuess

GZIP_MAGIC = b"\x1f\x8b"
LONGEST_FIELD = 1_000_000  # characters; a lost quote would else swallow the rest of the file
HEADER_ROW = 1
#: Where csv puts what has no column.
EXTRA = "(extra)"


class BrokenFile(Exception):
    """The file can't be read as listings; the message says why."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first look through the whole file found."""

    rows: int
    city: str | None
    country_code: str | None
    #: Where half of the listings lie to each side; millionths of a degree. None where no row has a place.
    middle_e6: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row; the header is row 1, so the first listing is row 2. ``complaint`` says that its columns are wrong."""

    number: int
    values: dict[str, str]
    complaint: str | None


def survey(path: Path) -> Survey:
    """Read the whole file once, so that a broken one is refused before anything is written.

    Raises: BrokenFile.
    """
    rows = 0
    guess = MarketGuess()
    points: list[tuple[float, float]] = []
    for row in read_rows(path):
        rows += 1
        guess.add([row.values.get("neighbourhood") or ""])
        points += _point_of(row.values)
    if not rows:
        raise BrokenFile(f"{path.name} has columns but no listings.")
    return Survey(rows, guess.city, guess.country_code, _middle_of(points))


def _point_of(values: Mapping[str, str | None]) -> list[tuple[float, float]]:
    try:
        point = float(values.get("latitude") or ""), float(values.get("longitude") or "")
        check_coordinates(*point)
    except ValueError:
        return []
    return [point]


def _middle_of(points: Sequence[tuple[float, float]]) -> tuple[int, int] | None:
    if not points:
        return None
    latitudes, longitudes = zip(*points, strict=True)
    return to_e6(statistics.median(latitudes)), to_e6(statistics.median(longitudes))


def read_rows(path: Path) -> Iterator[RawRow]:
    """Yield every row.

    Raises: BrokenFile for columns that are missing, a truncated or damaged archive, and what is not text.
    """
    try:
        with path.open("rb") as raw:
            yield from _rows(raw, path.name)
    except OSError as error:
        raise BrokenFile(f"{path.name} can't be read: {error.strerror or error}.") from error


def _rows(raw: BinaryIO, name: str) -> Iterator[RawRow]:
    zipped = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    raw.seek(0)
    unzipped = gzip.GzipFile(fileobj=raw) if zipped else raw
    number = HEADER_ROW
    try:
        with io.TextIOWrapper(unzipped, encoding="utf-8-sig", newline="") as text:
            for values in _reader(text, name):
                number += 1
                yield RawRow(number, values, _complaint(values))
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BrokenFile(f"{name} is a damaged archive: it ends or breaks after row {number}.") from error
    except UnicodeDecodeError as error:
        raise BrokenFile(f"{name} is not a text file in UTF-8 (seen after row {number}).") from error
    except csv.Error as error:
        raise BrokenFile(f"{name} can't be read after row {number}: {error}.") from error


def _reader(text: TextIO, name: str) -> "csv.DictReader[str]":
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.DictReader(text, restkey=EXTRA)
    columns = reader.fieldnames
    if not columns:
        raise BrokenFile(f"{name} is empty.")
    missing = [column for column in MUST_HAVE if column not in columns]
    if missing:
        raise BrokenFile(f"{name} is not a listings file of Inside Airbnb: it has no column {', '.join(missing)}.")
    return reader


def _complaint(values: dict[str, str]) -> str | None:
    if EXTRA in values:
        return "more values than columns"
    if any(value is None for value in values.values()):
        return "fewer values than columns"
    return None
