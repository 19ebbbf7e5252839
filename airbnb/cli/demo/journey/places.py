"""The host's part: three listings that differ by their policy, with pictures, published and found by search."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from airbnb.cli.demo.journey.walk import Traveller, Walk
from airbnb.integrations.images.pictures import generate_picture

#: Rare enough together to tell the journey's places from all others.
AMENITIES = ("wifi", "kitchen", "sauna", "piano", "kayak")
LISTING = {
    "description": "A flat made for this walk: two rooms, a long table, and a boat for those who like the river.",
    "property_type": "apartment",
    "room_type": "entire_place",
    "address": {"line1": "Rua do Passeio 7", "city": "Lisbon", "country_code": "PT"},
    "latitude": 38.7145,
    "longitude": -9.1405,
    "max_guests": 4,
    "bedrooms": 2,
    "beds": 3,
    "bathrooms": 1.5,
    "amenities": list(AMENITIES),
    "nightly_price": {"amount": "100.00", "currency": "EUR"},
    "cleaning_fee": {"amount": "40.00", "currency": "EUR"},
    "instant_book": True,
}
ZONE = "Europe/Lisbon"
POLICIES = ("flexible", "moderate", "strict")


@dataclass(frozen=True, slots=True)
class Dates:
    """A stay's dates as requests carry them."""

    check_in: date
    check_out: date

    def as_body(self) -> dict[str, str]:
        """Return the two fields."""
        return {"check_in": self.check_in.isoformat(), "check_out": self.check_out.isoformat()}


def offer_places(walk: Walk, host: Traveller) -> dict[str, str]:
    """Create and publish a listing of each policy; returns their ids by policy."""
    return {policy: _offer(walk, host, policy, number) for number, policy in enumerate(POLICIES)}


def _offer(walk: Walk, host: Traveller, policy: str, number: int) -> str:
    body = {**LISTING, "title": f"Journey {walk.mark}, {policy}", "cancellation_policy": policy}
    made = walk.call(
        "POST", "/listings", who=host, json=body, status=201, checks={"status": "draft", "time_zone": ZONE}
    ).body
    path = f"/listings/{made['id']}"
    walk.call(
        "POST", f"{path}/publish", who=host, status=422, checks={"code": "listing_incomplete", "missing": ["photos"]}
    )
    _add_photo(walk, host, path, seed=number)
    walk.call("POST", f"{path}/publish", who=host, checks={"status": "published"})
    return str(made["id"])


def _add_photo(walk: Walk, host: Traveller, path: str, *, seed: int) -> None:
    picture = ("home.jpg", generate_picture(seed), "image/jpeg")
    photo = walk.call(
        "POST", f"{path}/photos", who=host, files={"file": picture}, status=201, checks={"width": 1200, "height": 800}
    ).body

    def is_ready() -> bool:
        answer = walk.world.request("GET", path, headers={"Authorization": f"Bearer {host.token}"})
        return any(one["id"] == photo["id"] and one["status"] == "ready" for one in answer.body["photos"])

    walk.wait_until("the sizes of the photo", is_ready)
    walk.call("GET", path, who=host, checks={"photos.0.status": "ready", "photos.#": 1})


def search_places(walk: Walk, places: dict[str, str], dates: Dates) -> None:
    """Find the places by city, dates, guests, price and amenities, two on a page, each exactly once."""
    query = {
        "q": "Lisbon",
        **dates.as_body(),
        "guests": "4",
        "price_min": "80",
        "price_max": "140",
        "currency": "EUR",
        "amenities": ",".join(AMENITIES),
        "sort": "newest",
        "limit": "2",
    }
    found: list[str] = []
    cursor = None
    while True:
        page = walk.call(
            "GET",
            f"/listings?{urlencode({**query, **({'cursor': cursor} if cursor else {})})}",
            checks={"data.#": _fits_page, "meta.place.label": _names_lisbon, "page.total": _holds_all},
        ).body
        found += [hit["id"] for hit in page["data"]]
        cursor = page["page"]["next_cursor"]
        if cursor is None:
            break
    walk.check("hits that came twice", len(found) - len(set(found)), 0)
    walk.check("the journey's places among the hits", len(set(places.values()) & set(found)), len(places))
    too_many = {**query, "guests": "5"}
    walk.call("GET", f"/listings?{urlencode(too_many)}", checks={"data": lambda hits: not _ours(hits, places)})
    too_dear = {**query, "price_max": "90"}
    walk.call("GET", f"/listings?{urlencode(too_dear)}", checks={"data": lambda hits: not _ours(hits, places)})


def _ours(hits: list[dict[str, str]], places: dict[str, str]) -> set[str]:
    return {hit["id"] for hit in hits} & set(places.values())


def _names_lisbon(label: str) -> bool:
    return label.startswith("Lisbon")


def _fits_page(count: int) -> bool:
    return 0 < count <= 2


def _holds_all(total: int) -> bool:
    return total >= len(POLICIES)
