"""The listings of the demo world: what they offer, where they are, and their generated pictures."""

import hashlib
import math
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.cli.demo.cities import DemoCity
from airbnb.cli.demo.people import Person
from airbnb.cli.demo.words import GUIDE, HOUSE_RULES, description_of, title_of
from airbnb.config import ListingReview
from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.causes import by_host
from airbnb.domain.geo.distance import destination
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.listing_drafts import ListingDraft
from airbnb.domain.statuses import PhotoStatus
from airbnb.integrations.images.pictures import HEIGHT, WIDTH, generate_picture
from airbnb.integrations.images.sizes import EncodedImage, make_sizes
from airbnb.integrations.storage import Storage
from airbnb.models.listings import Listing, ListingPhoto
from airbnb.services.listings import create_listing, publish_listing
from airbnb.services.photo_urls import fallback_key, original_key, size_key

#: How many different pictures are drawn; cities take turns, so a shifted cover goes to another city.
COVERS, SECONDS, SHIFT = 120, 36, 5
WORKERS = 4
SPREAD_M = 650
ALWAYS = ("wifi", "heating", "hot_water", "bed_linens", "smoke_alarm", "hangers")
OFTEN = ("kitchen", "washer", "workspace", "hair_dryer", "iron", "refrigerator", "coffee_maker", "shampoo", "tv")
SOMETIMES = (
    "dryer", "air_conditioning", "balcony", "garden", "elevator", "free_parking", "paid_parking", "crib", "high_chair",
    "dishwasher", "bathtub", "pets_allowed", "self_check_in", "pool", "hot_tub", "gym", "breakfast", "ev_charger",
    "wheelchair_accessible", "city_view", "fireplace", "board_games", "first_aid_kit", "fire_extinguisher", "bicycles",
)  # fmt: skip
KINDS = (
    *[PropertyType.APARTMENT] * 11, *[PropertyType.HOUSE] * 4, PropertyType.COTTAGE, *[PropertyType.GUESTHOUSE] * 2,
    PropertyType.HOTEL, PropertyType.BOAT,
)  # fmt: skip
POLICIES = (
    *[CancellationPolicy.FLEXIBLE] * 4, *[CancellationPolicy.MODERATE] * 4, *[CancellationPolicy.STRICT] * 2,
    CancellationPolicy.FIRM, CancellationPolicy.LIMITED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stage:
    """What making a listing needs beside the city: chance, the time, and the secret that blurs its place."""

    rng: random.Random
    now: datetime
    location_secret: str


@dataclass(frozen=True, slots=True)
class Home:
    """What the story needs to know of a listing."""

    id: int
    host: Person
    city: DemoCity
    title: str
    max_guests: int
    min_nights: int
    instant_book: bool
    policy: CancellationPolicy
    preparation_days: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A generated picture with its files, kept under ``base_key`` before any row names it."""

    base_key: str
    content_hash: str


def draw_pictures(
    storage: Storage, count: int, *, seed: int, tell: Callable[[int], None]
) -> Iterator[tuple[Picture, ...]]:
    """Draw and keep the pictures of ``count`` listings, several at a time; yields them in order.

    No two places of a city have the same cover; beyond ``COVERS`` other cities' covers come again.
    """
    first = seed * 1_000_003
    covers, seconds = min(count, COVERS), min(count, SECONDS)
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        stock = list(pool.map(_drawn, range(first, first + covers + seconds)))

        def keep(number: int) -> tuple[Picture, ...]:
            cover = (number + number // covers * SHIFT) % covers
            drawn = (stock[cover], stock[covers + number % seconds])
            return tuple(_keep(storage, f"{seed}-{number}-{place}", one) for place, one in enumerate(drawn))

        for pictures in pool.map(keep, range(count)):
            tell(1)
            yield pictures


def _drawn(seed: int) -> tuple[bytes, dict[str, EncodedImage]]:
    """Return a picture as if uploaded, and its sizes."""
    data = generate_picture(seed)
    return data, make_sizes(data, with_jpeg=True)


def _keep(storage: Storage, name: str, drawn: tuple[bytes, dict[str, EncodedImage]]) -> Picture:
    data, sizes = drawn
    base_key = f"photos/demo/{name}"
    storage.put(original_key(base_key), data, "image/jpeg")
    for size, picture in sizes.items():
        storage.put(size_key(base_key, size), picture.webp, "image/webp")
        storage.put(fallback_key(base_key, size), picture.jpeg or b"", "image/jpeg")
    return Picture(base_key, hashlib.sha256(data).hexdigest())


def make_home(session: Session, stage: Stage, *, city: DemoCity, host: Person, pictures: Sequence[Picture]) -> Home:
    """Add a published listing with its pictures."""
    draft = _draft(stage.rng, city)
    now, secret = stage.now, stage.location_secret
    listing = create_listing(session, host_id=host.id, draft=draft, now=now, location_secret=secret)
    session.add_all(_photo(listing, position, picture, now) for position, picture in enumerate(pictures))
    session.flush()
    publish_listing(session, listing, review=ListingReview.OFF, cause=by_host(host.id, now=now))
    return Home(
        id=listing.id,
        host=host,
        city=city,
        title=listing.title,
        max_guests=listing.max_guests,
        min_nights=listing.min_nights,
        instant_book=listing.instant_book,
        policy=listing.cancellation_policy,
        preparation_days=listing.preparation_days,
    )


def _photo(listing: Listing, position: int, picture: Picture, now: datetime) -> ListingPhoto:
    return ListingPhoto(
        id=new_id(),
        listing_id=listing.id,
        position=position,
        status=PhotoStatus.READY,
        base_key=picture.base_key,
        width=WIDTH,
        height=HEIGHT,
        alt_text=listing.title[:300],
        content_hash=picture.content_hash,
        created_at=now,
        updated_at=now,
    )


def _draft(rng: random.Random, city: DemoCity) -> ListingDraft:
    area, (lat, lng) = rng.choice(list(city.areas.items()))
    latitude, longitude = _near(rng, lat, lng)
    kind = rng.choice(KINDS)
    room = RoomType.PRIVATE_ROOM if kind is PropertyType.HOTEL or rng.random() < 0.22 else RoomType.ENTIRE_PLACE
    title, thing = title_of(rng, kind, room, area)
    bedrooms = 1 if room is RoomType.PRIVATE_ROOM else rng.choice((0, 1, 1, 1, 2, 2, 3))
    guests = 2 * max(bedrooms, 1) + (1 if room is RoomType.ENTIRE_PLACE and rng.random() < 0.4 else 0)
    amenities = _amenities(rng)
    return ListingDraft(
        title=title,
        description=description_of(rng, thing, area=area, city=city.name),
        property_type=kind,
        room_type=room,
        address_line1=f"{rng.choice(city.streets)} {rng.randint(1, 90)}",
        city=city.name,
        region=city.region,
        country_code=city.country_code,
        latitude=latitude,
        longitude=longitude,
        max_guests=guests,
        bedrooms=bedrooms,
        beds=max(bedrooms, 1) + (guests % 2),
        bathroom_halves=2 + (bedrooms > 1) + (bedrooms > 2),
        amenities=amenities,
        pets_allowed="pets_allowed" in amenities,
        house_rules=HOUSE_RULES,
        arrival_guide=GUIDE,
        **_prices(rng, city, room, bedrooms),
        **_rules(rng),
    )


def _near(rng: random.Random, lat: float, lng: float) -> tuple[float, float]:
    metres = SPREAD_M * math.sqrt(rng.random())
    return destination(lat, lng, bearing=rng.random() * math.tau, metres=metres)


def _amenities(rng: random.Random) -> tuple[str, ...]:
    often = [slug for slug in OFTEN if rng.random() < 0.75]
    return (*ALWAYS, *often, *rng.sample(SOMETIMES, rng.randint(2, 9)))


def _prices(rng: random.Random, city: DemoCity, room: RoomType, bedrooms: int) -> dict[str, Any]:
    share = 0.55 if room is RoomType.PRIVATE_ROOM else 0.8 + 0.35 * bedrooms
    night = _rounded(city, city.night_minor * share * rng.uniform(0.75, 1.4))
    return {
        "currency": city.currency,
        "nightly_price_minor": night,
        "weekend_price_minor": _rounded(city, night * 1.15) if rng.random() < 0.5 else None,
        "cleaning_fee_minor": _rounded(city, night * 0.35) if rng.random() < 0.6 else 0,
        "weekly_discount_percent": rng.choice((0, 0, 5, 10, 15)),
        "monthly_discount_percent": rng.choice((0, 20, 30)),
        "non_refundable_discount_percent": rng.choice((None, None, 10)),
    }


def _rules(rng: random.Random) -> dict[str, Any]:
    return {
        "min_nights": rng.choice((1, 1, 2, 2, 3)),
        "max_nights": rng.choice((28, 90, 365)),
        "preparation_days": rng.choice((0, 0, 0, 1)),
        "instant_book": rng.random() < 0.65,
        "cancellation_policy": rng.choice(POLICIES),
        "check_in_minutes": rng.choice((14, 15, 15, 16)) * 60,
        "check_out_minutes": rng.choice((10, 11, 11, 12)) * 60,
    }


def _rounded(city: DemoCity, amount: float) -> int:
    """Return a price as hosts write it: in whole steps of the currency."""
    return max(1, round(amount / city.step_minor)) * city.step_minor
