"""The rules of docs/rules/listings.md, and the words that search compares."""

import pytest

from airbnb.domain.amenities import CATALOGUE, GROUPS, grouped, kinds_of
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.folding import fold, words_in
from airbnb.domain.geo.countries import country_name, is_country
from airbnb.domain.listing_rules import (
    check_completeness,
    check_values,
    clock_face,
    rank_of,
    weekday_mask,
    weekdays_in,
)
from airbnb.domain.search_masks import AMENITY_BITS, AMENITY_SLUGS


@pytest.mark.parametrize(
    "reviews, stars, photos, instant, days, rank",
    [
        (0, 0, 0, False, 90, 4_300),
        (0, 0, 5, True, 90, 4_600),
        (0, 0, 5, True, 0, 4_900),
        (0, 0, 5, True, 29, 4_610),
        (1, 5, 5, False, 30, 4_612),
        (45, 216, 8, True, 90, 5_140),
        (300, 1_350, 1, False, 90, 4_930),
        (0, 0, 0, False, None, 4_300),
    ],
)
def test_the_rank_of_each_row_of_the_table(reviews, stars, photos, instant, days, rank):
    assert rank == rank_of(
        rating_sum=stars, review_count=reviews, photo_count=photos, instant_book=instant, days_shown=days
    )


@pytest.mark.parametrize(
    "description, photos, price, missing",
    [
        ("x" * 50, 1, 100, ()),
        ("x" * 49, 1, 100, ("description",)),
        (" " * 60, 0, None, ("description", "photos", "nightly_price")),
        (" " + "x" * 49, 1, 0, ("description",)),
    ],
)
def test_what_is_missing_is_named(description, photos, price, missing):
    found = check_completeness(description=description, photo_count=photos, nightly_price_minor=price)

    assert (found.missing, found.complete) == (missing, not missing)


def test_values_that_contradict_each_other_are_named():
    values = {
        "min_nights": 9,
        "max_nights": 5,
        "min_nights_by_weekday": {"1": 6},
        "extra_guest_after": 5,
        "max_guests": 4,
    }

    with pytest.raises(ValidationFailed) as refusal:
        check_values(values)

    assert set(refusal.value.errors) == {"min_nights", "min_nights_by_weekday", "extra_guest_after"}


@pytest.mark.parametrize("days, mask", [(None, None), ([], None), ([0], 1), ([0, 6], 65), (range(7), None)])
def test_weekdays_become_bits_and_every_day_is_no_rule(days, mask):
    assert weekday_mask(days) == mask
    assert weekdays_in(mask) == (frozenset(days) if mask else None)


def test_minutes_are_shown_as_a_clock_does():
    assert [clock_face(minutes) for minutes in (None, 0, 905, 1439)] == [None, "00:00", "15:05", "23:59"]


def test_every_amenity_stands_in_one_group_and_keeps_its_bit():
    assert sorted(slug for slugs in GROUPS.values() for slug in slugs) == sorted(AMENITY_SLUGS)
    assert {slug: kind.bit for slug, kind in CATALOGUE.items()} == dict(AMENITY_BITS)
    shown = grouped(kinds_of([AMENITY_BITS["pool"], AMENITY_BITS["wifi"], AMENITY_BITS["tv"]]))
    assert [(group, [kind.slug for kind in kinds]) for group, kinds in shown] == [
        ("essentials", ["wifi", "tv"]),
        ("features", ["pool"]),
    ]


@pytest.mark.parametrize(
    "text, folded",
    [("São  Tomé", "sao tome"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("Łódź", "lodz"), ("Ærø", "aero")],
)
def test_names_are_compared_without_case_and_accents(text, folded):
    assert fold(text) == folded


def test_words_are_cut_out_once_each():
    assert words_in("Loft, by the Sea!", "Sea-side " + "x" * 60) == ["loft", "by", "the", "sea", "side", "x" * 40]


def test_countries_have_codes_and_everyday_names():
    assert [is_country(code) for code in ("IE", "ie", "XX", "IRL")] == [True, False, False, False]
    assert [country_name(code) for code in ("IE", "VE", "XX")] == ["Ireland", "Venezuela", "XX"]
