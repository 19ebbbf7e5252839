"""Coordinates, boxes, distances, the public location and time zones."""

import math
from zoneinfo import ZoneInfo

import pytest
import tzfpy
from hypothesis import assume, example, given
from hypothesis import strategies as st

from airbnb.domain.geo.coordinates import Box, InvalidCoordinates, check_coordinates, from_e6, to_e6, wrap_lng_e6
from airbnb.domain.geo.distance import destination, haversine_m, planar_distance_m, radius_bbox
from airbnb.domain.geo.privacy import public_location
from airbnb.domain.geo.time_zones import nautical_zone, time_zone_at

LATS = st.floats(-90, 90)
LNGS = st.floats(-180, 180)
SECRET = b"a secret of the tests"


@pytest.mark.parametrize(
    "lat, lng, field",
    [
        (90.0001, 0, "latitude"),
        (-91, 0, "latitude"),
        (math.nan, 0, "latitude"),
        (math.inf, 0, "latitude"),
        (0, 180.0001, "longitude"),
        (0, math.nan, "longitude"),
        (0, -math.inf, "longitude"),
    ],
)
def test_points_off_the_globe_are_refused_by_name(lat, lng, field):
    with pytest.raises(InvalidCoordinates) as caught:
        check_coordinates(lat, lng)
    assert caught.value.field == field


@given(st.integers(-180_000_000, 180_000_000))
def test_stored_degrees_survive_the_round_trip(value):
    assert to_e6(from_e6(value)) == value


def test_longitudes_beyond_the_antimeridian_wrap():
    assert wrap_lng_e6(180_000_000) == -180_000_000
    assert wrap_lng_e6(190_000_000) == -170_000_000
    assert wrap_lng_e6(-190_000_000) == 170_000_000


@pytest.mark.parametrize(
    "corners, field",
    [
        ((-91, 0, 0, 0), "south"),
        ((0, 0, 91, 0), "north"),
        ((0, -181, 0, 0), "west"),
        ((0, 0, 0, 181), "east"),
        ((2, 0, 1, 0), "south"),
        ((0, 0, 90.1, 1), "north"),
        ((math.nan, 0, 1, 0), "south"),
        ((0, 0, math.inf, 0), "north"),
    ],
)
def test_impossible_boxes_are_refused_by_edge(corners, field):
    with pytest.raises(InvalidCoordinates) as caught:
        Box.from_degrees(*corners)
    assert caught.value.field == field


@pytest.mark.parametrize("edges, field", [((0, -180_000_001, 0, 0), "west"), ((-90_000_001, 0, 0, 0), "south")])
def test_impossible_stored_boxes_are_refused_by_edge(edges, field):
    with pytest.raises(InvalidCoordinates) as caught:
        Box(*edges)
    assert caught.value.field == field


def test_box_of_exact_degrees_does_not_grow():
    assert Box.from_degrees(53.35, -6.26, 53.351, -6.25) == Box(53_350_000, -6_260_000, 53_351_000, -6_250_000)


def test_box_over_the_antimeridian_has_two_parts_and_holds_both_shores():
    box = Box.from_degrees(-20, 175, -12, -175)

    assert [(part.west, part.east) for part in box.parts()] == [
        (175_000_000, 180_000_000),
        (-180_000_000, -175_000_000),
    ]
    assert box.contains(-15_000_000, 179_000_000)
    assert box.contains(-15_000_000, -179_000_000)
    assert not box.contains(-15_000_000, 0)
    assert not box.contains(0, 179_000_000)


def test_known_distances():
    dublin, london = (53.3498, -6.2603), (51.5074, -0.1278)

    assert haversine_m(*dublin, *london) == pytest.approx(463_300, rel=0.002)
    assert haversine_m(0, 0, 0, 180) == pytest.approx(math.pi * 6_371_008.8)
    assert haversine_m(10, 20, 10, 20) == 0


def test_planar_distance_takes_the_short_way_over_the_antimeridian():
    assert planar_distance_m(-17, 179.99, -17, -179.99) == pytest.approx(
        haversine_m(-17, 179.99, -17, -179.99), rel=1e-3
    )


@given(st.floats(-65, 65), LNGS, st.floats(0, math.tau), st.floats(1, 30_000))
def test_planar_distance_is_close_within_a_city(lat, lng, bearing, metres):
    there = destination(lat, lng, bearing=bearing, metres=metres)

    assert planar_distance_m(lat, lng, *there) == pytest.approx(metres, rel=0.002, abs=0.01)
    assert haversine_m(lat, lng, *there) == pytest.approx(metres, rel=1e-5, abs=0.01)


@given(LATS, LNGS, st.floats(0, 12_000), st.floats(0, math.tau), st.floats(0, 1))
@example(89.999, 0, 50, 1.0, 1.0)
@example(-90, 10, 1, 0.0, 1.0)
@example(0, 179.999, 10, math.pi / 2, 1.0)
@example(60, 0, 500, 1.2, 1.0)
def test_box_of_a_radius_holds_every_point_within_it(lat, lng, km, bearing, share):
    there = destination(lat, lng, bearing=bearing, metres=km * 1000 * share)

    assert radius_bbox(lat, lng, km).contains(to_e6(there[0]), to_e6(there[1]))


def test_box_of_a_radius_is_not_much_larger_than_it():
    box = radius_bbox(60, 10, 10)

    assert planar_distance_m(60, from_e6(box.west), 60, from_e6(box.east)) == pytest.approx(20_000, rel=0.01)
    assert haversine_m(from_e6(box.south), 10, from_e6(box.north), 10) == pytest.approx(20_000, rel=0.01)


@pytest.mark.parametrize("km", [-1, math.nan, math.inf])
def test_impossible_radius_is_refused(km):
    with pytest.raises(ValueError, match="radius"):
        radius_bbox(0, 0, km)


@given(LATS, LNGS, st.integers(1, 2**63 - 1))
@example(90, 0, 1)
@example(-90, 180, 2)
@example(0, 180, 3)
def test_public_location_lies_150_to_500_metres_away(lat, lng, listing_id):
    shown = public_location(lat, lng, listing_id=listing_id, secret=SECRET)

    assert 150 <= haversine_m(lat, lng, *shown) <= 500
    check_coordinates(*shown)
    assert shown == public_location(lat, lng, listing_id=listing_id, secret=SECRET)


def test_public_location_depends_on_listing_and_secret():
    here = (53.35, -6.26)
    shown = {public_location(*here, listing_id=number, secret=SECRET) for number in range(50)}

    assert len(shown) == 50
    assert public_location(*here, listing_id=1, secret=b"another") != public_location(
        *here, listing_id=1, secret=SECRET
    )
    with pytest.raises(ValueError, match="secret"):
        public_location(*here, listing_id=1, secret=b"")


def test_public_locations_point_in_every_direction():
    quarters = set()
    for number in range(100):
        lat, lng = public_location(0, 0, listing_id=number, secret=SECRET)
        quarters.add((lat > 0, lng > 0))
    assert len(quarters) == 4


@pytest.mark.parametrize(
    "lat, lng, name",
    [
        (53.3498, -6.2603, "Europe/Dublin"),
        (-33.8688, 151.2093, "Australia/Sydney"),
        (40.7128, -74.0060, "America/New_York"),
        (0, 0, "Etc/GMT"),
        (30, -40, "Etc/GMT+3"),
    ],
)
def test_time_zone_of_known_places(lat, lng, name):
    assert time_zone_at(lat, lng) == name


@given(LATS, LNGS)
@example(90, 180)
@example(-90, -180)
def test_every_point_has_a_zone_that_loads(lat, lng):
    assert ZoneInfo(time_zone_at(lat, lng)).key


def test_a_zone_that_this_machine_does_not_know_becomes_the_nautical_one(monkeypatch):
    monkeypatch.setattr(tzfpy, "get_tz", lambda lng, lat: "Mars/Olympus_Mons")

    assert time_zone_at(53.35, -46) == "Etc/GMT+3"


@given(LNGS)
def test_every_longitude_has_a_nautical_zone_near_its_sun(lng):
    assume(abs(lng) < 179.9)
    name = nautical_zone(lng)
    hours = 0 if name == "Etc/GMT" else -int(name.removeprefix("Etc/GMT"))

    assert ZoneInfo(name).key == name
    assert abs(hours - lng / 15) <= 0.5
