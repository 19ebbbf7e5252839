"""``flask places build``: the gazetteer's files from GeoNames' own, plain, zipped or as JSON."""

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from airbnb.domain.geo.gazetteer import SourceCity, alternate_names

MUNICH = {
    "geonameid": 2867714,
    "name": "Munich",
    "latitude": 48.13743,
    "longitude": 11.57549,
    "countrycode": "DE",
    "population": 1505005,
    "admin1code": "02",
    "alternatenames": ["MUC", "Muenchen", "München", "Munich", "mi wnik", "慕尼黑", "Monaco (Baviera)", "M"],
}
DUBLIN = {
    **MUNICH,
    "geonameid": 4509884,
    "name": "Dublin",
    "countrycode": "US",
    "admin1code": "OH",
    "population": 45098,
    "alternatenames": ["Даблин", "Dyublin"],
}
SMALL = {**MUNICH, "geonameid": 1, "population": 29_999}
CITIES = [MUNICH, DUBLIN, SMALL]


def dump_of(city: dict[str, Any]) -> str:
    """A line as in GeoNames' cities15000.txt."""
    line = [""] * 19
    line[0], line[1], line[3] = str(city["geonameid"]), city["name"], ",".join(city["alternatenames"])
    line[4], line[5] = str(city["latitude"]), str(city["longitude"])
    line[8], line[10], line[14] = city["countrycode"], city["admin1code"], str(city["population"])
    return "\t".join(line) + "\n"


@pytest.fixture
def build(app: Any, tmp_path: Path) -> Callable[[Path], Result]:
    def run(source: Path) -> Result:
        return app.test_cli_runner().invoke(args=["places", "build", str(source), str(tmp_path)])

    return run


def lines_of(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in gzip.decompress(path.read_bytes()).decode().splitlines()]


@pytest.mark.parametrize("kind", ["json", "txt", "zip"])
def test_every_form_of_the_source_makes_the_same_files(build, tmp_path, kind):
    source = tmp_path / f"cities15000.{kind}"
    text = "".join(dump_of(city) for city in CITIES)
    if kind == "json":
        source.write_text(json.dumps({str(city["geonameid"]): city for city in CITIES}))
    elif kind == "txt":
        source.write_text(text)
    else:
        with zipfile.ZipFile(source, "w") as archive:
            archive.writestr("cities15000.txt", text)

    done = build(source)

    assert done.exit_code == 0, done.output
    munich, dublin = lines_of(tmp_path / "cities.tsv.gz")
    assert munich[:7] == ["2867714", "Munich", "munich", "DE", "", "48137430", "11575490"]
    assert munich[7:] == ["11336664", "47978048", "11814316", "48296812", "1505005"]
    assert dublin[:5] == ["4509884", "Dublin", "dublin", "US", "Ohio"]
    assert lines_of(tmp_path / "city_names.tsv.gz") == [
        ["2867714", "muenchen", "munchen", "慕尼黑"],
        ["4509884", "dyublin"],
    ]


@pytest.mark.parametrize(
    "name, content",
    [("a.txt", "no columns\n"), ("a.json", "[1]"), ("a.json", "{"), ("a.zip", "PK"), ("b.txt", "1\t\n")],
)
def test_another_file_is_refused_with_one_line(build, tmp_path, name, content):
    (tmp_path / name).write_text(content)

    done = build(tmp_path / name)

    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "is not a list of GeoNames' cities" in done.output
    assert not (tmp_path / "cities.tsv.gz").exists()


@pytest.mark.parametrize(
    "name, population, kept",
    [
        ("København", 30_000, ["kobenhavn"]),
        ("Straße", 30_000, ["strasse"]),
        ("Роттердам", 299_999, []),
        ("Роттердам", 300_000, ["роттердам"]),
        ("NYC", 8_000_000, []),
        ("Rio", 8_000_000, ["rio"]),
        ("dublini", 8_000_000, []),
        ("Here", 8_000_000, []),
    ],
)
def test_which_names_are_kept(name, population, kept):
    place = {"latitude": 0.0, "longitude": 0.0, "country_code": "XX", "state": None}
    assert alternate_names(SourceCity(id=1, name="Here", other_names=[name], population=population, **place)) == kept
