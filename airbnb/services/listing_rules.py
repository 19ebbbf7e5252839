"""A listing's rows as the pure rules want them: what a stay must keep, and what it costs."""

from collections.abc import Collection
from datetime import time

from airbnb.domain.calendar_rules import SeasonMinimum, StayRules
from airbnb.domain.pricing import DaysDiscount, PriceRules
from airbnb.domain.pricing import Promotion as PricePromotion
from airbnb.domain.pricing import Season as PriceSeason
from airbnb.models.listings import Listing
from airbnb.queries.quotes import CalendarFacts


def stay_rules(listing: Listing, calendar: CalendarFacts) -> StayRules:
    """Return what the listing asks of a stay within the span that the calendar was loaded for."""
    return StayRules(
        max_guests=listing.max_guests,
        min_nights=listing.min_nights,
        min_nights_by_weekday={int(day): nights for day, nights in listing.min_nights_by_weekday.items()},
        min_nights_by_night={one.night: one.min_nights for one in calendar.overrides if one.min_nights is not None},
        season_minimums=tuple(
            SeasonMinimum(first=season.starts_on, until=season.ends_on, min_nights=season.min_nights)
            for season in calendar.seasons
            if season.min_nights is not None
        ),
        max_nights=listing.max_nights,
        advance_notice_days=listing.advance_notice_days,
        cut_off_hour=listing.cut_off_hour,
        preparation_days=listing.preparation_days,
        booking_window_days=listing.booking_window_days,
        check_in_weekdays=weekdays_of(listing.check_in_weekdays),
        check_out_weekdays=weekdays_of(listing.check_out_weekdays),
        pets_allowed=listing.pets_allowed,
    )


def price_rules(listing: Listing, calendar: CalendarFacts, *, bookings_made: int = 0) -> PriceRules:
    """Return the listing's prices. Needs: the listing has a nightly price, as every published one does."""
    assert listing.nightly_price_minor is not None
    return PriceRules(
        currency=listing.currency,
        base_minor=listing.nightly_price_minor,
        weekend_minor=listing.weekend_price_minor,
        overrides={one.night: one.price_minor for one in calendar.overrides if one.price_minor is not None},
        seasons=tuple(
            PriceSeason(
                first=season.starts_on,
                until=season.ends_on,
                nightly_minor=season.nightly_price_minor,
                weekend_minor=season.weekend_price_minor,
                name=season.name,
            )
            for season in calendar.seasons
        ),
        promotions=tuple(
            PricePromotion(first=one.starts_on, until=one.ends_on, percent=one.percent, name=one.name)
            for one in calendar.promotions
        ),
        new_listing_percent=listing.new_listing_discount_percent,
        bookings_made=bookings_made,
        weekly_percent=listing.weekly_discount_percent,
        monthly_percent=listing.monthly_discount_percent,
        early_bird=_days_discount(listing.early_bird_days, listing.early_bird_percent),
        last_minute=_days_discount(listing.last_minute_days, listing.last_minute_percent),
        non_refundable_percent=listing.non_refundable_discount_percent,
        included_guests=listing.extra_guest_after,
        extra_guest_fee_minor=listing.extra_guest_fee_minor,
        pet_fee_minor=listing.pet_fee_minor,
        cleaning_fee_minor=listing.cleaning_fee_minor,
    )


def weekdays_of(mask: int | None) -> Collection[int] | None:
    """Return the weekdays of a mask whose bit 0 is Monday; None means every day."""
    return None if mask is None else frozenset(day for day in range(7) if mask >> day & 1)


def clock_time(minutes: int) -> time:
    """Return minutes after local midnight as a time of day."""
    return time(minutes // 60, minutes % 60)


def _days_discount(days: int | None, percent: int | None) -> DaysDiscount | None:
    return DaysDiscount(days=days, percent=percent) if days is not None and percent else None
