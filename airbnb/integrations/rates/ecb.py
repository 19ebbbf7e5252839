"""The European Central Bank's files of reference rates: its XML, of one day or many, and its CSV of many days.

Source: the ECB's statistical data pages, "Euro foreign exchange reference rates".
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from xml.etree import ElementTree

from airbnb.domain.currencies import is_currency
from airbnb.domain.exchange_rates import BASE, InvalidRate, parse_rate

CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
#: What the CSV says of a currency that had no rate on a day.
NOTHING = frozenset({"", "N/A"})


class RatesUnreadable(Exception):
    """The body is not a whole file of rates; nothing of it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRates:
    """What one euro was worth on one day, as plain decimals by currency."""

    on: date
    rates: Mapping[str, str]


def read_rates(body: bytes) -> list[DailyRates]:
    """Return the days of a file, the newest first; currencies that are no money here are left out.

    Raises: RatesUnreadable for anything else, a rate of nothing among them.
    """
    try:
        text = body.decode("utf-8-sig")
        days = list(_xml_days(text) if text.lstrip().startswith("<") else _csv_days(text))
    except (ElementTree.ParseError, InvalidRate, ValueError, KeyError) as error:
        raise RatesUnreadable(f"{type(error).__name__}: {error}") from error
    read = [
        DailyRates(on=on, rates={code: rate for code, rate in rates if is_currency(code) and code != BASE})
        for on, rates in days
    ]
    if not read or not all(day.rates for day in read):
        raise RatesUnreadable("a day without rates")
    return sorted(read, key=lambda day: day.on, reverse=True)


def _xml_days(text: str) -> Iterator[tuple[date, list[tuple[str, str]]]]:
    # The file has neither; what has them is an attack on the parser.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise RatesUnreadable("a document type")
    root = ElementTree.fromstring(text)  # noqa: S314 - entities are refused above
    for day in root.iter(CUBE):
        if "time" in day.attrib:
            cubes = day.findall(CUBE)
            yield (
                date.fromisoformat(day.attrib["time"]),
                [_rate(one.attrib["currency"], one.attrib["rate"]) for one in cubes],
            )


def _csv_days(text: str) -> Iterator[tuple[date, list[tuple[str, str]]]]:
    for row in csv.DictReader(StringIO(text), skipinitialspace=True):
        on = date.fromisoformat(row.pop("Date"))
        yield (
            on,
            [_rate(code.strip(), rate) for code, rate in row.items() if code and rate and rate.strip() not in NOTHING],
        )


def _rate(code: str, text: str) -> tuple[str, str]:
    return code, format(parse_rate(text.strip()), "f")
