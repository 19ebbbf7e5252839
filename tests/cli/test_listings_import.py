"""``flask listings import``."""

import csv
import gzip
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import delete, select

from airbnb.cli.inside_airbnb_files import LONGEST_FIELD
from airbnb.domain.inside_airbnb import MUST_HAVE
from airbnb.domain.kinds import Role
from airbnb.domain.search_masks import amenities_in
from airbnb.domain.statuses import ListingStatus
from airbnb.models.history import StatusChange
from airbnb.models.listings import Listing, ListingAmenity
from airbnb.models.places import Place
from airbnb.models.search import ListingCard, SearchDocument
from airbnb.models.users import User, UserRole
from airbnb.unit_of_work import in_transaction, reading

REAL_FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "inside-airbnb-dublin-2025-09-16.csv.gz"
COLUMNS = [*MUST_HAVE, "neighborhood_overview", "neighbourhood", "neighbourhood_cleansed", "instant_bookable"]
ROW = {
    "name": "Bright flat",
    "description": "Two rooms.<br />Near the canal.",
    "host_id": "7",
    "neighbourhood": "Dublin 8, County Dublin, Ireland",
    "neighbourhood_cleansed": "Dublin City",
    "latitude": "53.3438",
    "longitude": "-6.2546",
    "property_type": "Entire rental unit",
    "room_type": "Entire home/apt",
    "accommodates": "4",
    "bathrooms_text": "1.5 baths",
    "bedrooms": "2",
    "beds": "3",
    "amenities": json.dumps(["Wifi", "Free washer – In unit", "Toaster"]),
    "price": "$120.00",
    "minimum_nights": "2",
    "maximum_nights": "30",
    "instant_bookable": "t",
}

Row = dict[str, str]


def row(number: int, **changes: str) -> Row:
    return {**ROW, "id": str(number), **changes}


def text_of(rows: list[Row]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue().encode()


@pytest.fixture
def load(app: Any, tmp_path: Path) -> Callable[..., Result]:
    """Import rows, or a file's bytes, and return what the command said."""

    def run(content: list[Row] | bytes, *options: str, name: str = "listings.csv", currency: str = "EUR") -> Result:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else text_of(content))
        arguments = ["listings", "import", str(path), "--format", "inside-airbnb", "--currency", currency, *options]
        return app.test_cli_runner().invoke(args=arguments)

    return run


def listing(key: int) -> Listing:
    with reading() as session:
        return session.scalars(select(Listing).where(Listing.import_key == str(key))).one()


def change(key: int, **columns: Any) -> None:
    def work(session: Any) -> None:
        found = session.scalars(select(Listing).where(Listing.import_key == str(key))).one()
        for name, value in columns.items():
            setattr(found, name, value)

    in_transaction(work)


def test_rows_with_a_price_are_published_and_others_stay_drafts(load, count_rows):
    done = load([row(1), row(2, price="", host_id="8"), row(3)])

    assert done.exit_code == 0, done.output
    assert "2  new, published" in done.output
    assert "1  new, kept as drafts" in done.output
    assert listing(1).status is ListingStatus.PUBLISHED
    assert (listing(2).status, listing(2).nightly_price_minor) == (ListingStatus.DRAFT, None)
    assert count_rows(SearchDocument) == count_rows(ListingCard) == 2
    assert count_rows(ListingAmenity) == 6
    assert count_rows(StatusChange, StatusChange.new == "published") == 2


def test_one_account_is_made_for_each_host(load, count_rows):
    load([row(1), row(2), row(3, host_id="8")])
    load([row(4)])

    with reading() as session:
        users = session.execute(select(User.email, User.password_hash).order_by(User.email)).all()
    assert users == [("host-7@import.invalid", None), ("host-8@import.invalid", None)]
    assert count_rows(UserRole, UserRole.role == Role.HOST) == 2
    assert listing(1).host_id == listing(2).host_id == listing(4).host_id != listing(3).host_id


def test_nobody_signs_in_as_an_imported_host(load, client):
    load([row(1)])

    answer = client.post("/api/v1/auth/login", json={"email": "host-7@import.invalid", "password": "a-long-password"})

    assert (answer.status_code, answer.json["code"]) == (401, "invalid_credentials")


def test_a_second_run_changes_nothing(load, count_rows):
    rows = [row(1), row(2, price="")]
    load(rows)
    before = (listing(1).updated_at, listing(1).version)

    again = load(rows)

    assert "2  unchanged" in again.output
    assert (count_rows(Listing), count_rows(User)) == (2, 1)
    assert (listing(1).updated_at, listing(1).version) == before


def test_what_the_file_says_anew_is_updated_and_the_hosts_own_values_stay(load):
    load([row(1)])
    change(1, cleaning_fee_minor=4_000, house_rules="No shoes.")

    done = load([row(1, price="$140.00", latitude="53.40", amenities='["Sauna"]')])

    assert "1  changed" in done.output
    found = listing(1)
    assert (found.nightly_price_minor, found.cleaning_fee_minor, found.house_rules) == (14_000, 4_000, "No shoes.")
    assert (found.latitude_e6, found.version) == (53_400_000, 3)
    assert abs(found.public_latitude_e6 - 53_400_000) < 10_000
    with reading() as session:
        document = session.scalars(select(SearchDocument).where(SearchDocument.id == found.id)).one()
    assert (document.price_weekday, amenities_in(document.amenities)) == (14_000, ("sauna",))
    assert document.lat_e6 == found.public_latitude_e6


def test_a_draft_is_published_once_the_file_has_its_price(load, count_rows):
    load([row(1, price="")])

    load([row(1)])

    assert listing(1).status is ListingStatus.PUBLISHED
    assert listing(1).published_at is not None
    assert count_rows(SearchDocument) == 1
    assert "1  unchanged" in load([row(1)]).output


def test_a_price_that_vanishes_stays_as_it_was(load):
    load([row(1)])

    done = load([row(1, price="")])

    assert "price missing by now: the old one stays" in done.output
    assert (listing(1).status, listing(1).nightly_price_minor) == (ListingStatus.PUBLISHED, 12_000)


@pytest.mark.parametrize("put_away", ["suspended", "archived"])
def test_a_listing_that_was_put_away_is_left_alone(load, put_away, count_rows):
    load([row(1)])
    change(1, **{"status": ListingStatus(put_away)})

    done = load([row(1, price="$999.00")])

    assert f"the listing is {put_away}: left alone" in done.output
    assert listing(1).nightly_price_minor == 12_000


def test_a_paused_listing_is_changed_and_stays_paused(load):
    load([row(1)])
    change(1, **{"status": ListingStatus.PAUSED})

    load([row(1, price="$999.00")])

    assert (listing(1).status, listing(1).nightly_price_minor) == (ListingStatus.PAUSED, 99_900)


def test_prices_are_not_moved_to_another_currency(load):
    load([row(1), row(2, price="")])

    done = load([row(1), row(2)], currency="USD")

    assert "row 2: the listing's prices are in EUR already" in done.output
    assert (listing(1).currency, listing(2).currency) == ("EUR", "USD")


def test_rows_that_cannot_be_taken_are_reported_with_number_and_reason(load, count_rows, tmp_path):
    rows = [row(1), row(1), row(2, latitude="north"), row(3, price="free"), row(4)]

    done = load(rows, "--report", str(tmp_path / "report.txt"))

    assert done.exit_code == 0
    assert "3  refused" in done.output
    assert "row 3: the same id as row 2" in done.output
    assert "row 4: latitude 'north' is not a number of degrees" in done.output
    assert "row 5: price 'free' is not an amount" in done.output
    assert count_rows(Listing) == 2
    assert "amenity outside the catalogue, 2 times: Toaster" in (tmp_path / "report.txt").read_text()


def test_rows_that_do_not_match_the_columns_are_refused(load, count_rows):
    content = text_of([row(1)]) + b"2,Only a name\r\n" + text_of([row(3)]).split(b"\r\n")[1] + b",one more\r\n"

    done = load(content)

    assert "row 3: fewer values than columns" in done.output
    assert "row 4: more values than columns" in done.output
    assert count_rows(Listing) == 1


def test_a_dry_run_says_the_same_and_writes_nothing(load, count_rows):
    load([row(1)])

    done = load([row(1, price="$5.00"), row(2), row(3, price="", host_id="9"), row(4, room_type="?")], "--dry-run")

    for line in ("nothing written", "1  new, published", "1  new, kept", "1  changed", "1  refused", "1  new host"):
        assert line in done.output
    assert (count_rows(Listing), count_rows(User)) == (1, 1)
    assert listing(1).nightly_price_minor == 12_000


def test_more_rows_than_one_batch_are_loaded(load, count_rows, monkeypatch):
    monkeypatch.setattr("airbnb.cli.listings.BATCH", 3)

    done = load([row(number, host_id=str(number % 4)) for number in range(1, 12)])

    assert "11  new, published" in done.output
    assert (count_rows(Listing), count_rows(User)) == (11, 4)


GOOD = text_of([row(number) for number in range(200)])


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "is empty"),
        (GOOD.split(b"\r\n")[0], "has columns but no listings"),
        (b"id,name,price\r\n1,Flat,$5.00\r\n", "it has no column description, host_id"),
        (gzip.compress(GOOD)[:-200], "is a damaged archive"),
        (gzip.compress(GOOD)[:300] + b"\xff" * 500, "is a damaged archive"),
        (b"\x1f\x8b" + b"nonsense" * 50, "is a damaged archive"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "is not a text file in UTF-8"),
        (GOOD + b"\xff\xfe", "is not a text file in UTF-8"),
        (bytes(3_000), "is not a listings file"),
        (GOOD + b'201,"' + b"x" * (LONGEST_FIELD + 1), "can't be read after row 201"),
    ],
    ids=["empty", "header", "columns", "truncated", "damaged", "false-zip", "picture", "latin", "zeros", "endless"],
)
def test_a_broken_file_is_refused_with_one_line_and_changes_nothing(load, count_rows, content, message):
    refused = load(content)

    assert refused.exit_code == 1
    assert message in refused.output
    assert refused.output.startswith("Error: ")
    assert refused.output.count("\n") == 1
    assert (count_rows(Listing), count_rows(User)) == (0, 0)


@pytest.mark.parametrize("currency", ["XXX", "eur", "€"])
def test_an_unknown_currency_is_refused(load, currency, count_rows):
    assert load([row(1)], currency=currency).exit_code == 2
    assert count_rows(Listing) == 0


def test_a_file_that_does_not_say_its_city_needs_to_be_told(load):
    rows = [row(1, neighbourhood="", latitude="-40", longitude="-120")]  # in the ocean

    assert "add --city and --country" in load(rows).output
    assert load(rows, "--city", "Dublin", "--country", "XY").exit_code == 2
    assert load(rows, "--city", "Dublin", "--country", "IE").exit_code == 0
    assert (listing(1).city, listing(1).country_code) == ("Dublin", "IE")


def test_a_file_that_names_no_city_is_about_the_one_around_its_middle(load):
    places = [("53.3438", "-6.2546"), ("53.35", "-6.26"), ("52.1", "-8.1")]
    rows = [
        row(number, neighbourhood="", latitude=latitude, longitude=longitude)
        for number, (latitude, longitude) in enumerate(places, start=1)
    ]

    assert load(rows).exit_code == 0
    assert {(listing(number).city, listing(number).country_code) for number in (1, 2, 3)} == {("Dublin", "IE")}


def test_a_city_of_another_name_is_the_one_that_the_gazetteer_has(load, client, count_rows):
    before = count_rows(Place)
    rows = [row(1, neighbourhood="München, Bayern, Germany", latitude="48.14", longitude="11.57")]

    assert load(rows).exit_code == 0

    assert count_rows(Place) == before
    found = client.get("/api/v1/listings?q=Muenchen").json
    assert (found["page"]["total"], found["meta"]["place"]["label"]) == (1, "Munich, Germany")


def test_the_city_can_be_searched_by_name(load, client):
    load(gzip.compress(text_of([row(1), row(2, latitude="53.4")])), name="listings.csv.gz")

    found = client.get("/api/v1/listings?q=Dublin").json

    assert found["page"]["total"] == 2
    assert found["meta"]["place"]["label"] == "Dublin, Ireland"


def test_a_city_that_the_gazetteer_lacks_is_added_to_it(load, client, count_rows):
    rows = [row(1, latitude="53.1"), row(2, latitude="53.2"), row(3, price="", latitude="59")]
    try:
        load(rows, "--city", "Kilnowhere", "--country", "IE")
        load(rows, "--city", "Kilnowhere", "--country", "IE")

        assert count_rows(Place, Place.folded_name == "kilnowhere") == 1
        assert client.get("/api/v1/listings?q=Kilnowhere").json["page"]["total"] == 2
    finally:
        # The gazetteer is a catalogue: it isn't emptied after each test.
        in_transaction(lambda session: session.execute(delete(Place).where(Place.folded_name == "kilnowhere")))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_real_file_of_dublin_is_loaded_and_found(app, client, count_rows):
    assert REAL_FILE.is_file(), f"{REAL_FILE.name} has to stand in ../shared/data beside the project"
    arguments = ["listings", "import", str(REAL_FILE), "--format", "inside-airbnb", "--currency", "EUR"]

    began = time.monotonic()
    done = app.test_cli_runner().invoke(args=arguments)
    took = time.monotonic() - began

    assert done.exit_code == 0, done.output
    for line in ("5,244  new, published", "1,701  new, kept as drafts", "0  refused", "4,102  new host accounts"):
        assert line in done.output
    assert 6_945 / took > 300
    assert count_rows(SearchDocument) == 5_244
    again = app.test_cli_runner().invoke(args=arguments)
    assert "6,945  unchanged" in again.output
    check_searches(client)


def check_searches(client: Any) -> None:
    near = client.get("/api/v1/listings?lat=53.3438&lng=-6.2546&radius_km=2&sort=distance&limit=50").json["data"]
    distances = [hit["distance_m"] for hit in near]
    assert len(near) == 50
    assert distances == sorted(distances)
    assert distances[-1] <= 2_000
    query = "q=Dublin&price_min=50.00&price_max=90.00&currency=EUR&amenities=wifi,washer,free_parking&sort=price"
    cheap = client.get(f"/api/v1/listings?{query}&limit=50").json["data"]
    prices = [float(hit["nightly_price"]["amount"]) for hit in cheap]
    assert len(cheap) == 50
    assert prices == sorted(prices)
    assert (prices[0], prices[-1]) >= (50, 50)
    assert prices[-1] <= 90
    detail = client.get(f"/api/v1/listings/{cheap[0]['id']}").json
    slugs = {item["slug"] for group in detail["amenities"] for item in group["amenities"]}
    assert {"wifi", "washer", "free_parking"} <= slugs
