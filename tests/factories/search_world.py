"""Random listings around the globe with everything that a search can ask about, for comparing it with brute force."""

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from airbnb.domain.geo.coordinates import to_e6
from airbnb.domain.geo.time_zones import time_zone_at
from airbnb.domain.ids import new_id
from airbnb.domain.search_masks import AMENITY_BITS, AMENITY_SLUGS
from airbnb.domain.statuses import NightKind
from airbnb.models.calendar import BookedNight, CalendarOverride, Season
from airbnb.models.listings import Listing, ListingFigures
from airbnb.models.users import User
from airbnb.queries.listings import replace_amenities
from airbnb.services.search_projection import refresh_listings
from tests.factories.listings import listing_values

#: Late in the day at Greenwich: Fiji is a day ahead, Hawaii has most of its day to come.
NOW = datetime(2026, 5, 1, 22, 20, tzinfo=UTC)
TODAY = date(2026, 5, 1)
CENTRES = ((38.71, -9.14), (40.7, -74.0), (-17.0, 179.9), (21.3, -157.85))
LISTINGS = 240


class World:
    """Random listings with everything that a search can ask about."""

    def __init__(self, hosts: list[User], dice: random.Random) -> None:
        self.dice = dice
        self.listings = [self._listing(dice.choice(hosts)) for _ in range(LISTINGS)]
        self.amenities = {one.id: dice.sample(AMENITY_SLUGS[:8], dice.randint(0, 6)) for one in self.listings}
        self.figures = {one.id: self._figures() for one in self.listings if dice.random() < 0.6}
        self.calendar = [row for one in self.listings for row in self._calendar(one)]

    def write(self, session: Any) -> None:
        session.add_all(self.listings)
        session.flush()
        session.add_all(self.calendar)
        session.add_all(
            ListingFigures(listing_id=key, rating_sum=stars, review_count=count)
            for key, (stars, count) in self.figures.items()
        )
        for listing_id, slugs in self.amenities.items():
            replace_amenities(session, listing_id, [AMENITY_BITS[slug] for slug in slugs])
        refresh_listings(session, [one.id for one in self.listings])

    def rating(self, listing: Listing) -> int:
        stars, count = self.figures.get(listing.id, (0, 1))
        return (stars * 200 + count) // (2 * count)

    def _listing(self, host: User) -> Listing:
        dice = self.dice
        lat, lng = dice.choice(CENTRES)
        lat, lng = lat + dice.uniform(-0.3, 0.3), lng + dice.uniform(-0.4, 0.4)
        lng = lng - 360 if lng > 180 else lng
        place = {"latitude_e6": to_e6(lat), "longitude_e6": to_e6(lng)}
        values = {
            **listing_values(),
            **place,
            **{f"public_{name}": value for name, value in place.items()},
            "id": new_id(),
            "host_id": host.id,
            "time_zone": time_zone_at(lat, lng),
            "published_at": NOW - timedelta(days=dice.randint(0, 20)),
            "max_guests": dice.randint(1, 6),
            "nightly_price_minor": dice.randint(30, 60) * 500,
            "weekend_price_minor": dice.choice([None, 20_000]),
            "cleaning_fee_minor": dice.choice([0, 0, 3_000]),
            "weekly_discount_percent": dice.choice([0, 7, 10]),
            "monthly_discount_percent": dice.choice([0, 0, 33]),
            "pets_allowed": dice.random() < 0.5,
            "instant_book": dice.random() < 0.5,
            "min_nights": dice.randint(1, 3),
            "min_nights_by_weekday": dice.choice([{}, {}, {"4": 3}, {"4": 1, "6": 5}]),
            "max_nights": dice.choice([5, 30, 365]),
            "advance_notice_days": dice.choice([0, 0, 0, 1, 2, 7]),
            "cut_off_hour": dice.choice([None, 0, 11, 12, 18, 23]),
            "preparation_days": dice.choice([0, 0, 1, 2, 7]),
            "booking_window_days": dice.choice([5, 6, 7, 30, 365, 720]),
            "check_in_weekdays": dice.choice([None, None, 0b0010000, 0b1100011]),
            "check_out_weekdays": dice.choice([None, None, 0b0000001, 0b1100001]),
        }
        return Listing(**values)

    def _figures(self) -> tuple[int, int]:
        count = self.dice.randint(1, 30)
        return self.dice.randint(count, 5 * count), count

    def _calendar(self, listing: Listing) -> Iterable[Any]:
        dice, key = self.dice, listing.id
        taken = {
            TODAY + timedelta(days=start + day)
            for start in dice.sample(range(60), dice.randint(0, 4))
            for day in range(dice.randint(1, 5))
        }
        yield from (BookedNight(listing_id=key, night=night, kind=NightKind.BLOCK) for night in sorted(taken))
        if dice.random() < 0.3:
            yield CalendarOverride(
                listing_id=key,
                night=date(2026, 5, 8),
                min_nights=dice.randint(1, 6),
                price_minor=dice.choice([None, 9_900]),
            )
        for start in dice.sample(range(8, 45), dice.choice([0, 0, 6])):
            night = TODAY + timedelta(days=start)
            yield CalendarOverride(listing_id=key, night=night, price_minor=dice.randint(50, 400) * 100)
        for start in dice.sample(range(0, 40, 10), dice.choice([0, 0, 1, 2])):
            first = TODAY + timedelta(days=start)
            yield Season(
                listing_id=key,
                name="Season",
                starts_on=first,
                ends_on=first + timedelta(days=15),
                nightly_price_minor=dice.choice([10_000, 23_300]),
                weekend_price_minor=dice.choice([None, 15_050]),
                min_nights=dice.choice([None, 1, 6]),
            )
