"""The cover of a box holds every point of the box, in few ranges, without reading much more than the box."""

import random
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from airbnb.domain.geo.coordinates import MAX_LAT_E6, MAX_LNG_E6, Box
from airbnb.domain.geo.zorder import BITS, MAX_Z, cover, z_key

LATS = st.integers(-MAX_LAT_E6, MAX_LAT_E6)
LNGS = st.integers(-MAX_LNG_E6, MAX_LNG_E6)
WORLD = Box(-MAX_LAT_E6, -MAX_LNG_E6, MAX_LAT_E6, MAX_LNG_E6)


@st.composite
def boxes(draw):
    south, north = sorted((draw(LATS), draw(LATS)))
    return Box(south, draw(LNGS), north, draw(LNGS))


def slow_key(lat_e6, lng_e6):
    row = (lat_e6 + MAX_LAT_E6) * 2**BITS // (2 * MAX_LAT_E6 + 1)
    column = (lng_e6 + MAX_LNG_E6) * 2**BITS // (2 * MAX_LNG_E6 + 1)
    return sum((row >> bit & 1) << 2 * bit + 1 | (column >> bit & 1) << 2 * bit for bit in range(BITS))


def points_of(box, rng, count=60):
    """Corners, and points spread over the inside."""
    for part in box.parts():
        yield from ((lat, lng) for lat in (part.south, part.north) for lng in (part.west, part.east))
        for _ in range(count):
            yield rng.randint(part.south, part.north), rng.randint(part.west, part.east)


def holds(ranges, key):
    return any(first <= key <= last for first, last in ranges)


@given(LATS, LNGS)
@example(MAX_LAT_E6, MAX_LNG_E6)
@example(-MAX_LAT_E6, -MAX_LNG_E6)
def test_key_equals_the_bit_by_bit_interleave(lat, lng):
    assert z_key(lat, lng) == slow_key(lat, lng)
    assert 0 <= z_key(lat, lng) <= MAX_Z


@settings(max_examples=200)
@given(boxes(), st.integers(2, 12), st.integers(0, 2**32))
@example(WORLD, 12, 0)
@example(Box(MAX_LAT_E6, -MAX_LNG_E6, MAX_LAT_E6, MAX_LNG_E6), 12, 0)
@example(Box(-1, MAX_LNG_E6, 1, -MAX_LNG_E6), 2, 0)
def test_every_point_of_the_box_lies_in_a_range(box, max_ranges, seed):
    ranges = cover(box, max_ranges)

    assert 1 <= len(ranges) <= max_ranges
    assert all(0 <= first <= last <= MAX_Z for first, last in ranges)
    assert all(before[1] < after[0] for before, after in pairwise(ranges))
    assert all(holds(ranges, z_key(*point)) for point in points_of(box, random.Random(seed)))


@settings(max_examples=200)
@given(st.floats(-70, 70), st.floats(-179, 170), st.floats(0.005, 8), st.sampled_from([0.5, 0.75, 1.0, 1.5, 2.0]))
def test_cover_of_a_usual_box_reads_at_most_four_times_its_area(lat, lng, width, shape):
    box = Box.from_degrees(lat, lng, min(lat + width * shape, 90), lng + width)
    cells = _rows(box) * _columns(box)

    assert sum(last - first + 1 for first, last in cover(box)) <= 4 * cells


def _rows(box):
    return ((box.north - box.south) * 2**BITS // (2 * MAX_LAT_E6)) + 1


def _columns(box):
    return ((box.east - box.west) * 2**BITS // (2 * MAX_LNG_E6)) + 1


def test_cover_of_a_point_is_its_key_alone():
    key = z_key(53_349_800, -6_260_300)

    assert cover(Box(53_349_800, -6_260_300, 53_349_800, -6_260_300)) == [(key, key)]


def test_cover_of_the_world_is_one_range():
    assert cover(WORLD) == [(0, MAX_Z)]


def test_box_over_the_antimeridian_covers_both_shores_and_not_the_world():
    fiji = Box.from_degrees(-20, 175, -12, -175)
    ranges = cover(fiji)

    assert len(ranges) <= 12
    assert holds(ranges, z_key(-17_000_000, 179_500_000))
    assert holds(ranges, z_key(-17_000_000, -179_500_000))
    assert sum(last - first + 1 for first, last in ranges) < MAX_Z // 50
    with pytest.raises(ValueError, match="max_ranges"):
        cover(fiji, max_ranges=1)


def test_one_range_is_enough_when_asked_for():
    assert len(cover(Box.from_degrees(-1, -1, 1, 1), max_ranges=1)) == 1
