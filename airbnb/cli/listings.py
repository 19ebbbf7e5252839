"""``flask listings``: bringing listings in from files."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from airbnb.cli.inside_airbnb_files import BrokenFile, RawRow, Survey, read_rows, survey
from airbnb.domain import clock
from airbnb.domain.currencies import is_currency
from airbnb.domain.geo.countries import is_country
from airbnb.domain.inside_airbnb import SOURCE, ImportedListing, Market, RowRefused, parse_row
from airbnb.extensions import current_settings
from airbnb.queries.places import find_city_around
from airbnb.services.listing_import import Plan, carry_out, plan_import, save_imported_city
from airbnb.unit_of_work import in_transaction, reading

BATCH = 500
MOST_SHOWN = 20

listings_group = AppGroup("listings", help="Bring listings in.")


@dataclass(slots=True)
class Report:
    """What became of the rows of a file. Shape: ``refused`` and ``notes`` pair row numbers with reasons."""

    rows: int = 0
    published: int = 0
    drafts: int = 0
    changed: int = 0
    unchanged: int = 0
    new_hosts: set[str] = field(default_factory=set)
    refused: list[tuple[int, str]] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)
    unmapped: Counter[str] = field(default_factory=Counter)
    seen: dict[str, int] = field(default_factory=dict)

    def add(self, plan: Plan) -> None:
        """Count what a batch did."""
        self.published += plan.published
        self.drafts += len(plan.new) - plan.published
        self.changed += len(plan.changes)
        self.unchanged += plan.unchanged
        self.new_hosts.update(address for address, user_id in plan.hosts.items() if user_id is None)
        self.refused += plan.refused
        self.notes += plan.notes


@listings_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "layout", required=True, type=click.Choice([SOURCE]), help="Whose columns the file has.")
@click.option("--currency", help="What the prices are in; their sign is only a sign. Default: DEFAULT_CURRENCY.")
@click.option("--city", help="What the file is about, if its rows don't say it well.")
@click.option("--country", help="Two letters, such as IE; as for --city.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@click.option(
    "--report", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write every row's notes here."
)
def import_listings(
    file: Path, layout: str, currency: str | None, dry_run: bool, target: Path | None, **place: str | None
) -> None:
    """Load FILE; safe to run again: what changed is updated, nothing comes twice."""
    try:
        found = survey(file)
        market = _market(found, currency or current_settings().default_currency, **place)
        report = Report()
        began = time.monotonic()
        _load(file, found.rows, market, report, dry_run)
        if not dry_run:
            in_transaction(lambda session: save_imported_city(session, market))
    except BrokenFile as error:
        raise click.ClickException(f"{error} Nothing was imported.") from error
    _show(report, time.monotonic() - began, dry_run)
    if target is not None:
        target.write_text("\n".join(_full_report(report)) + "\n", encoding="utf-8")
        click.echo(f"Every row's notes are in {target}.")


def _market(found: Survey, currency: str, *, city: str | None, country: str | None) -> Market:
    if not is_currency(currency):
        raise click.BadParameter(f"{currency!r} is not a currency.", param_hint="--currency")
    if country is not None and not is_country(country):
        raise click.BadParameter(f"{country!r} is not a country's two letters.", param_hint="--country")
    city, country = city or found.city, country or found.country_code
    if (not city or not country) and found.middle_e6 is not None:
        # The rows don't name their city: it is the one around their middle.
        with reading() as session:
            around = find_city_around(session, *found.middle_e6)
        if around is not None:
            city, country = city or around.name, country or around.country_code
    if not city or not country:
        raise click.UsageError("The rows don't say where they are: add --city and --country.")
    return Market(city=city.strip(), country_code=country, currency=currency)


def _load(file: Path, rows: int, market: Market, report: Report, dry_run: bool) -> None:
    label = f"{'Checking' if dry_run else 'Importing'} {rows:,} rows"
    with click.progressbar(length=rows, label=label) as bar:
        for batch in _batches(read_rows(file)):
            listings = list(_parsed(batch, market, report))
            report.add(_look(listings) if dry_run else _write(listings))
            bar.update(len(batch))


def _batches(rows: Iterator[RawRow]) -> Iterator[list[RawRow]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _parsed(batch: Iterable[RawRow], market: Market, report: Report) -> Iterator[ImportedListing]:
    for row in batch:
        report.rows += 1
        try:
            if row.complaint:
                raise RowRefused(row.complaint)
            imported = parse_row(row.values, row.number, market)
            if imported.key in report.seen:
                raise RowRefused(f"the same id as row {report.seen[imported.key]}")
        except RowRefused as error:
            report.refused.append((row.number, str(error)))
            continue
        report.seen[imported.key] = row.number
        report.notes += [(row.number, note) for note in imported.notes]
        report.unmapped.update(imported.unmapped)
        yield imported


def _look(listings: list[ImportedListing]) -> Plan:
    with reading() as session:
        return plan_import(session, listings, lock=False)


def _write(listings: list[ImportedListing]) -> Plan:
    settings = current_settings()

    def work(session: Session) -> Plan:
        plan = plan_import(session, listings, lock=True)
        carry_out(session, plan, now=clock.now(), location_secret=settings.location_secret)
        return plan

    return in_transaction(work)


def _show(report: Report, seconds: float, dry_run: bool) -> None:
    speed = report.rows / seconds if seconds else 0
    click.echo(f"{report.rows:,} rows in {seconds:.1f} s ({speed:,.0f} a second){', nothing written' * dry_run}:")
    for count, what in (
        (report.published, "new, published"),
        (report.drafts, "new, kept as drafts without a price"),
        (report.changed, "changed since the last import"),
        (report.unchanged, "unchanged"),
        (len(report.refused), "refused"),
        (len(report.new_hosts), "new host accounts"),
    ):
        click.echo(f"  {count:>7,}  {what}")
    for number, reason in report.refused[:MOST_SHOWN]:
        click.echo(f"  row {number}: {reason}")
    _show_more(len(report.refused), "refused rows")
    for note, count in Counter(note for _, note in report.notes).most_common(MOST_SHOWN):
        click.echo(f"  {count:>7,}  × {note}")
    names, times = len(report.unmapped), report.unmapped.total()
    click.echo(f"  {names:>7,}  amenity texts outside the catalogue, named {times:,} times; the most frequent:")
    for name, count in report.unmapped.most_common(MOST_SHOWN):
        click.echo(f"  {count:>7,}  × {name}")


def _show_more(count: int, what: str) -> None:
    if count > MOST_SHOWN:
        click.echo(f"  … and {count - MOST_SHOWN:,} more {what}: --report FILE lists them all")


def _full_report(report: Report) -> Iterator[str]:
    yield from (f"row {number}: refused: {reason}" for number, reason in report.refused)
    yield from (f"row {number}: {note}" for number, note in report.notes)
    yield from (
        f"amenity outside the catalogue, {count} times: {name}" for name, count in report.unmapped.most_common()
    )
