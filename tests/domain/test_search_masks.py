"""Month masks say exactly which nights are taken; amenity masks which amenities are there."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airbnb.domain import search_masks as masks

TODAY = date(2026, 11, 22)
#: Every night of the window: today's month and the 24 after it.
NIGHTS = st.integers(0, 740).map(lambda days: date(2026, 11, 1) + timedelta(days))
SETS = st.sets(NIGHTS, max_size=60)


@given(SETS, SETS)
def test_nights_are_free_exactly_when_not_taken(taken, wanted):
    packed = masks.set_nights(masks.EMPTY_MASKS, taken)

    assert masks.are_free(packed, wanted) == taken.isdisjoint(wanted)


@given(SETS, SETS)
def test_set_and_clear_work_like_sets_of_nights(taken, freed):
    packed = masks.clear_nights(masks.set_nights(masks.EMPTY_MASKS, taken), freed)

    assert packed == masks.set_nights(masks.EMPTY_MASKS, taken - freed)
    assert all(0 <= mask <= masks.FULL_MONTH for mask in packed)


@given(NIGHTS)
def test_a_night_unpacks_from_its_slot(night):
    ((slot, mask),) = masks.masks_for_stay([night]).items()

    assert slot == masks.slot_of(night)
    assert masks.month_in_slot(slot, TODAY) + timedelta(mask.bit_length() - 1) == night


def test_a_stay_over_new_year_touches_two_slots():
    nights = [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1)]

    december, january = masks.slot_of(nights[0]), masks.slot_of(nights[2])
    assert masks.masks_for_stay(nights) == {december: 0b11 << 29, january: 1}


def test_the_window_fills_every_slot_once():
    months = {masks.month_in_slot(slot, TODAY) for slot in range(masks.MONTH_SLOTS)}

    assert len(months) == masks.MONTH_SLOTS
    assert (min(months), max(months)) == (date(2026, 11, 1), date(2028, 11, 1))


def test_nights_that_would_share_a_slot_are_refused():
    with pytest.raises(ValueError, match="25 months"):
        masks.masks_for_stay([date(2026, 11, 1), date(2028, 12, 1)])


def test_columns_are_named_by_slot():
    assert [masks.slot_column(slot) for slot in (0, 24)] == ["m00", "m24"]


@given(st.sets(st.sampled_from(masks.AMENITY_SLUGS)))
def test_amenities_survive_the_round_trip(slugs):
    mask = masks.amenity_mask(slugs)

    assert set(masks.amenities_in(mask)) == slugs
    assert 0 <= mask < 2**masks.MAX_AMENITIES


def test_amenity_bits_are_distinct_and_fit_a_signed_column():
    assert len(set(masks.AMENITY_SLUGS)) == len(masks.AMENITY_SLUGS) <= masks.MAX_AMENITIES
    assert masks.AMENITY_BITS["wifi"] == 0
    with pytest.raises(KeyError, match="moat"):
        masks.amenity_mask(["wifi", "moat"])
