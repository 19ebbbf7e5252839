"""How a row of Inside Airbnb's files is read."""

import json

import pytest

from airbnb.domain.inside_airbnb import ImportedListing, Market, RowRefused, parse_row
from airbnb.domain.inside_airbnb.amenities import _PATTERNS, slugs_for
from airbnb.domain.inside_airbnb.figures import Unreadable, bathroom_halves, coordinates, price_minor
from airbnb.domain.inside_airbnb.kinds import property_type_of, room_type_of
from airbnb.domain.inside_airbnb.markets import MarketGuess
from airbnb.domain.inside_airbnb.texts import one_line, plain_text
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.search_masks import AMENITY_SLUGS

DUBLIN = Market(city="Dublin", country_code="IE", currency="EUR")
ROW = {
    "id": "44077",
    "name": "Cosy  cottage",
    "description": "A small house.<br /><br />Quiet &amp; warm.",
    "neighborhood_overview": "",
    "host_id": "7",
    "neighbourhood_cleansed": "Fingal",
    "latitude": "53.29178",
    "longitude": "-6.25792",
    "property_type": "Private room in bungalow",
    "room_type": "Private room",
    "accommodates": "2",
    "bathrooms_text": "1.5 shared baths",
    "bedrooms": "1",
    "beds": "2",
    "amenities": '["Wifi", "Pets allowed", "Toaster"]',
    "price": "$1,086.00",
    "minimum_nights": "3",
    "maximum_nights": "30",
    "instant_bookable": "t",
}


def parse(**changes: str) -> ImportedListing:
    return parse_row({**ROW, **changes}, 2, DUBLIN)


def test_a_row_becomes_a_listing():
    imported = parse()

    draft = imported.draft
    assert (imported.key, imported.host_key, imported.row) == ("44077", "7", 2)
    assert (draft.title, draft.description) == ("Cosy cottage", "A small house.\n\nQuiet & warm.")
    assert (draft.property_type, draft.room_type) == (PropertyType.HOUSE, RoomType.PRIVATE_ROOM)
    assert (draft.city, draft.region, draft.country_code) == ("Dublin", "Fingal", "IE")
    assert (draft.nightly_price_minor, draft.currency, draft.bathroom_halves) == (108_600, "EUR", 3)
    assert (draft.min_nights, draft.max_nights, draft.instant_book) == (3, 30, True)
    assert (draft.amenities, draft.pets_allowed) == (("wifi", "pets_allowed"), True)
    assert (imported.unmapped, imported.notes) == (("Toaster",), ())
    assert (draft.import_source, draft.import_key) == ("inside-airbnb", "44077")


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"id": ""}, "id '' is not a number"),
        ({"id": "5.0E+17"}, "id '5.0E+17' is not a number"),
        ({"host_id": "x@evil"}, "host_id 'x@evil' is not a number"),
        ({"latitude": "nan"}, "latitude 'nan' is not a number of degrees"),
        ({"latitude": "91"}, "latitude is not on the globe"),
        ({"longitude": ""}, "longitude '' is not a number of degrees"),
        ({"latitude": "0", "longitude": "0.0"}, "coordinates 0, 0 mean that the place is not known"),
        ({"room_type": "Tent"}, "room_type 'Tent' is not known"),
        ({"accommodates": "0"}, "accommodates nobody"),
        ({"accommodates": "two"}, "accommodates 'two' is not a whole number"),
        ({"price": "$12.345"}, "price '$12.345' has more digits than EUR allows"),
        ({"price": "free"}, "price 'free' is not an amount"),
        ({"price": "$0.00"}, "price '$0.00' is out of range"),
        ({"price": "-$5.00"}, "price '-$5.00' is not an amount"),
        ({"amenities": "[Wifi"}, "amenities are not a JSON list"),
        ({"amenities": '{"Wifi": 1}'}, "amenities are not a JSON list of texts"),
        ({"minimum_nights": "-1"}, "minimum_nights '-1' is not a whole number"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(changes: dict[str, str], reason: str):
    with pytest.raises(RowRefused) as refusal:
        parse(**changes)

    assert str(refusal.value) == reason


@pytest.mark.parametrize(
    "changes, field, value, note",
    [
        ({"maximum_nights": "1125"}, "max_nights", 720, "maximum_nights above 720: lowered to it"),
        ({"minimum_nights": "729"}, "min_nights", 720, "minimum_nights above 720: lowered to it"),
        ({"minimum_nights": "40"}, "max_nights", 40, "maximum_nights below minimum_nights: raised to it"),
        ({"accommodates": "60"}, "max_guests", 50, "accommodates above 50: lowered to it"),
        ({"beds": "101"}, "beds", 100, "beds above 100: lowered to it"),
        (
            {"name": "<br>"},
            "title",
            "Private room in bungalow in Dublin",
            "name missing: title made from the kind of place",
        ),
        ({"bathrooms_text": "some"}, "bathroom_halves", 0, "bathrooms_text 'some' is not understood: taken as none"),
        (
            {"property_type": "Igloo"},
            "property_type",
            PropertyType.OTHER,
            "property_type 'Igloo' is not known: taken as other",
        ),
    ],
)
def test_what_does_not_fit_is_made_to_fit_with_a_note(changes: dict[str, str], field: str, value: object, note: str):
    imported = parse(**changes)

    assert getattr(imported.draft, field) == value
    assert note in imported.notes


def test_values_that_are_missing_stay_empty():
    draft = parse(price="", bedrooms="", beds="", bathrooms_text="", amenities="").draft

    assert (draft.nightly_price_minor, draft.bedrooms, draft.beds, draft.bathroom_halves, draft.amenities) == (
        None, 0, 0, 0, (),
    )  # fmt: skip


def test_a_stay_longer_than_a_year_can_be_booked():
    assert parse(minimum_nights="500", maximum_nights="600").draft.booking_window_days == 500


def test_the_neighbourhood_follows_the_description():
    draft = parse(description="", neighborhood_overview="<p>By the sea.</p><p>Trams.</p>").draft

    assert draft.description == "By the sea.\n\nTrams."


@pytest.mark.parametrize(
    "raw, plain",
    [
        ("one<br/>two", "one\ntwo"),
        ("<p>one</p>\n\n\n<p>two</p>", "one\n\ntwo"),
        ("<ul><li>a<li>b</ul>c", "a\nb\n\nc"),
        ("a &lt;b&gt; &eacute; &amp;amp;", "a <b> é &amp;"),
        ("5 < 6 and <3", "5 < 6 and <3"),
        ("<script>alert('x')</script>seen<style>p{}</style>", "seen"),
        ("line\r\nline\rline", "line\nline\nline"),
        ("bell\x07 and \x00nul", "bell and nul"),
        ("  many   spaces \t here ", "many spaces here"),
        ("<b>bold</b> stays", "bold stays"),
    ],
)
def test_html_becomes_plain_paragraphs(raw: str, plain: str):
    assert plain_text(raw, longest=1_000) == plain


def test_a_long_text_ends_at_a_word():
    assert plain_text("many words in a row", longest=12) == "many words…"
    assert one_line("unbroken" * 10, longest=10) == "unbrokenu…"


@pytest.mark.parametrize(
    "text, currency, minor",
    [
        ("$86.00", "EUR", 8_600),
        ("$1,234.50", "EUR", 123_450),
        ("€ 12", "EUR", 1_200),
        ("99,999.99", "USD", 9_999_999),
        ("$86.00", "JPY", 86),
        ("$1.25", "KWD", 1_250),
        ("", "EUR", None),
    ],
)
def test_prices_are_read_exactly(text: str, currency: str, minor: int | None):
    assert price_minor(text, currency) == minor


@pytest.mark.parametrize("text", ["$1,23.00", "$1.234,50", "1e3", "٣", "$12 or so", "$86.50 "])
def test_what_is_no_price_in_yen_is_refused(text: str):
    with pytest.raises(Unreadable):
        price_minor(text, "JPY")


@pytest.mark.parametrize(
    "text, halves",
    [
        ("1 bath", 2),
        ("1.5 shared baths", 3),
        ("0 shared baths", 0),
        ("Private half-bath", 1),
        ("40 shared baths", 80),
        ("", None),
        ("a bath", None),
    ],
)
def test_bathrooms_are_counted_in_halves(text: str, halves: int | None):
    assert bathroom_halves(text) == halves


def test_coordinates_with_many_digits_are_read():
    assert coordinates("53.35024547343724", " -6.282939048247774") == (53.35024547343724, -6.282939048247774)


@pytest.mark.parametrize(
    "text, slugs",
    [
        ("Free washer – In unit", {"washer"}),
        ("Dishwasher", {"dishwasher"}),
        ("Hair dryer", {"hair_dryer"}),
        ("Paid dryer – In building", {"dryer"}),
        ("32 inch HDTV with Netflix", {"tv"}),
        ("Fast wifi – 250 Mbps", {"wifi"}),
        ("Free driveway parking on premises – 2 spaces", {"free_parking"}),
        ("Paid parking garage off premises – 1 space", {"paid_parking"}),
        ("Pack ’n play/Travel crib - available upon request", {"crib"}),
        ("Hot water", {"hot_water"}),
        ("Hot water kettle", set()),
        ("Pool table", set()),
        ("Private outdoor pool - heated", {"pool"}),
        ("Fireplace guards", set()),
        ("Garden view", set()),
        ("Gym nearby", set()),
        ("Barbecue utensils", set()),
        ("Shared beach access – Beachfront", {"beach_access"}),
        ("Lockbox", {"self_check_in"}),
        ("Exterior security cameras on property", {"security_cameras"}),
        ("CARBON  MONOXIDE detector", {"carbon_monoxide_alarm"}),
    ],
)
def test_amenities_in_several_spellings_mean_the_same(text: str, slugs: set[str]):
    assert set(slugs_for(text)) == slugs


def test_every_amenity_of_the_catalogue_has_a_pattern():
    assert set(_PATTERNS) == set(AMENITY_SLUGS)


def test_the_same_amenity_counts_once():
    assert parse(amenities=json.dumps(["TV", "HDTV", "Wifi", "Pocket wifi"])).draft.amenities == ("wifi", "tv")


@pytest.mark.parametrize(
    "text, kind",
    [
        ("Entire rental unit", PropertyType.APARTMENT),
        ("Private room in townhouse", PropertyType.HOUSE),
        ("Room in boutique hotel", PropertyType.HOTEL),
        ("Shared room in hostel", PropertyType.HOSTEL),
        ("Houseboat", PropertyType.BOAT),
        ("Shepherd’s hut", PropertyType.CABIN),
        ("Castle", PropertyType.OTHER),
        ("Submarine", None),
    ],
)
def test_the_building_is_recognised(text: str, kind: PropertyType | None):
    assert property_type_of(text) is kind


def test_a_hotel_room_is_a_private_room():
    assert room_type_of("Hotel room ") is RoomType.PRIVATE_ROOM


def test_the_city_most_often_named_is_the_market():
    guess = MarketGuess()
    guess.add(["Dublin 8, County Dublin, Ireland", "Dublin, Ireland", "", "Swords, County Dublin, Ireland", "Ireland"])

    assert (guess.city, guess.country_code) == ("Dublin", "IE")


def test_a_file_that_names_no_place_has_no_market():
    guess = MarketGuess()
    assert (guess.city, guess.country_code) == (None, None)

    guess.add(["Middle, Nowhere"])
    assert guess.country_code is None
