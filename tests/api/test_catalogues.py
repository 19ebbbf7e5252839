"""Catalogues over HTTP."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from airbnb.domain.amenities import CATALOGUE
from airbnb.models.listings import Amenity
from airbnb.models.places import Place
from airbnb.unit_of_work import reading
from airbnb.workflows.outside import EXTENSION


def test_every_amenity_is_listed_as_the_database_has_it(client):
    entries = client.get("/api/v1/amenities").json["data"]

    with reading() as session:
        rows = {row.slug: row for row in session.scalars(select(Amenity))}
    assert {entry["slug"] for entry in entries} == set(rows) == set(CATALOGUE)
    for entry in entries:
        row = rows[entry["slug"]]
        assert (row.id, row.group, row.icon, row.label_key) == (
            CATALOGUE[entry["slug"]].bit,
            entry["group"],
            entry["icon"],
            entry["label"],
        )


def test_property_and_room_types_are_listed(client):
    answer = client.get("/api/v1/property-types").json

    assert {"slug": "apartment", "label": "Apartment"} in answer["data"]
    assert [entry["slug"] for entry in answer["room_types"]] == ["entire_place", "private_room", "shared_room"]


def test_currencies_say_their_digits_and_who_takes_them(client):
    entries = {entry["code"]: entry for entry in client.get("/api/v1/currencies").json["data"]}

    assert [entries[code]["exponent"] for code in ("EUR", "JPY", "KWD")] == [2, 0, 3]
    assert entries["EUR"]["chargeable_by"] == ["sandbox"]
    assert entries["EUR"]["convertible"] is False


def test_currencies_say_which_provider_takes_them_and_whether_their_rate_is_current(app, client, freeze, set_rates):
    outside = app.extensions[EXTENSION]
    sandbox = outside.gateways["sandbox"]
    app.extensions[EXTENSION] = replace(outside, gateways={"stripe": sandbox, "paypal": sandbox})
    freeze(datetime(2027, 3, 15, 12, tzinfo=UTC))
    set_rates("2027-03-15", USD="1.1")
    set_rates("2027-03-01", JPY="160")

    entries = {entry["code"]: entry for entry in client.get("/api/v1/currencies").json["data"]}

    takers = {code: entries[code]["chargeable_by"] for code in ("EUR", "KWD", "ISK", "CUP")}
    assert takers == {"EUR": ["paypal", "stripe"], "KWD": ["stripe"], "ISK": ["stripe"], "CUP": []}
    assert [entries[code]["convertible"] for code in ("EUR", "USD", "JPY", "KWD")] == [True, True, False, False]


def test_catalogues_may_be_kept_by_caches_and_refuse_queries(client):
    assert client.get("/api/v1/amenities").headers["Cache-Control"] == "public, max-age=3600"
    assert client.get("/api/v1/amenities?x=1").status_code == 422


@pytest.mark.parametrize(
    "typed, label",
    [
        ("Munich", "Munich, Germany"),
        ("München", "Munich, Germany"),
        ("muenchen", "Munich, Germany"),
        ("MUNCHEN", "Munich, Germany"),
        ("Köln", "Köln, Germany"),
        ("Koeln", "Köln, Germany"),
        ("Cologne", "Köln, Germany"),
        ("Lisboa", "Lisbon, Portugal"),
        ("Lisbonne", "Lisbon, Portugal"),
        ("Wien", "Vienna, Austria"),
        ("Firenze", "Florence, Italy"),
        ("København", "Copenhagen, Denmark"),
        ("Koebenhavn", "Copenhagen, Denmark"),
        ("Praha", "Prague, Czechia"),
        ("Baile Átha Cliath", "Dublin, Ireland"),
        ("Oporto", "Porto, Portugal"),
        ("Мюнхен", "Munich, Germany"),
        ("서울", "Seoul, South Korea"),
        ("北京市", "Beijing, China"),
        ("Αθήνα", "Athens, Greece"),
    ],
)
def test_cities_are_found_by_each_of_their_names(client, typed, label):
    for text in (typed, typed[:-1]):
        labels = [entry["label"] for entry in client.get("/api/v1/places", query_string={"q": text}).json["data"]]
        assert label in labels
    assert len(labels) == len(set(labels))


def test_cities_stand_by_population_whichever_of_their_names_begins_so(client):
    entries = client.get("/api/v1/places?q=li").json["data"]
    with reading() as session:
        found = [session.get_one(Place, int(entry["place_id"])).population for entry in entries]

    assert found == sorted(found, reverse=True)
    assert len(found) == 10


@pytest.mark.parametrize("typed", ["%", "_", "mun%", "\\", "\u0000", "münchen'--", "\U0010ffff"])
def test_letters_that_mean_something_to_databases_mean_themselves(client, typed):
    answer = client.get("/api/v1/places", query_string={"q": typed})
    assert (answer.status_code, answer.json.get("data", [])) in [(200, []), (422, [])]


def test_completing_takes_one_statement(client, count_statements):
    client.get("/api/v1/places?q=mu")
    count_statements.clear()
    client.get("/api/v1/places?q=mun")
    assert len(count_statements) == 1


def test_city_names_are_completed_without_accents_most_populous_first(client):
    labels = [entry["label"] for entry in client.get("/api/v1/places?q=dublin").json["data"]]

    assert labels[0] == "Dublin, Ireland"
    assert "Dublin, Ohio, United States" in labels
    assert client.get("/api/v1/places?q=SAO+PAU").json["data"][0]["label"] == "São Paulo, Brazil"
    assert len(client.get("/api/v1/places?q=a").json["data"]) == 10
    assert client.get("/api/v1/places?q=xyzzy").json["data"] == []
    assert client.get("/api/v1/places").status_code == 422
