"""Catalogues over HTTP."""

from sqlalchemy import select

from airbnb.domain.amenities import CATALOGUE
from airbnb.models.listings import Amenity
from airbnb.unit_of_work import reading


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


def test_catalogues_may_be_kept_by_caches_and_refuse_queries(client):
    assert client.get("/api/v1/amenities").headers["Cache-Control"] == "public, max-age=3600"
    assert client.get("/api/v1/amenities?x=1").status_code == 422


def test_city_names_are_completed_without_accents_most_populous_first(client):
    labels = [entry["label"] for entry in client.get("/api/v1/places?q=dublin").json["data"]]

    assert labels[0] == "Dublin, Ireland"
    assert "Dublin, Ohio, United States" in labels
    assert client.get("/api/v1/places?q=SAO+PAU").json["data"][0]["label"] == "São Paulo, Brazil"
    assert len(client.get("/api/v1/places?q=a").json["data"]) == 10
    assert client.get("/api/v1/places?q=xyzzy").json["data"] == []
    assert client.get("/api/v1/places").status_code == 422
