"""The one writer of search's projection: documents, cards and words of published listings."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, cast

from sqlalchemy import RowMapping, Table, delete, insert, update
from sqlalchemy.orm import Session

from airbnb.domain import clock, search_flags
from airbnb.domain.currencies import exponent
from airbnb.domain.folding import words_in
from airbnb.domain.geo.zorder import z_key
from airbnb.domain.listing_rules import EVERY_DAY, rank_of
from airbnb.domain.money import half_up
from airbnb.domain.search_masks import (
    AMENITY_BITS,
    EMPTY_MASKS,
    FULL_MONTH,
    MONTH_SLOTS,
    MONTHS_PER_YEAR,
    absolute_month,
    masks_for_stay,
    set_nights,
    slot_column,
)
from airbnb.domain.statuses import ListingStatus
from airbnb.domain.stays import earliest_date_on_earth
from airbnb.extensions import current_settings
from airbnb.models.search import ListingCard, SearchDocument, SearchWord
from airbnb.queries.exchange_rates import rate_between
from airbnb.queries.search_sources import Sources, load_sources
from airbnb.services.listing_cards import card_bytes, card_of

DOCUMENTS = cast(Table, SearchDocument.__table__)
CARDS = cast(Table, ListingCard.__table__)
WORDS = cast(Table, SearchWord.__table__)

MICROS = 1_000_000
#: Copied as they are from the listing.
SAME_COLUMNS = (
    "host_id", "max_guests", "bedrooms", "beds", "bathroom_halves", "weekly_discount_percent",
    "monthly_discount_percent", "min_nights", "max_nights", "advance_notice_days", "booking_window_days",
    "preparation_days",
)  # fmt: skip


def refresh_listing(session: Session, listing_id: int) -> None:
    """Bring one listing's projection in line with its rows; take it away when the listing is not published.

    Locks: the listing's row.
    Idempotent.
    """
    refresh_listings(session, [listing_id])


def refresh_listings(session: Session, listing_ids: Sequence[int]) -> None:
    """Do what ``refresh_listing`` does for many listings, in a constant number of statements.

    Locks: the listings' rows, in ascending order.
    """
    session.flush()
    sources = read_sources(session, listing_ids, now=clock.now(), lock=True)
    for table, column in ((DOCUMENTS, DOCUMENTS.c.id), (CARDS, CARDS.c.id), (WORDS, WORDS.c.listing_id)):
        session.execute(delete(table).where(column.in_(listing_ids)))
    projected = [project(row, sources) for row in sources.listings if row["status"] is ListingStatus.PUBLISHED]
    if projected:
        session.execute(insert(DOCUMENTS), [document for document, _, _ in projected])
        session.execute(insert(CARDS), [card for _, card, _ in projected])
        words = [word for _, _, words in projected for word in words]
        if words:
            session.execute(insert(WORDS), words)


def read_sources(session: Session, listing_ids: Sequence[int], *, now: datetime, lock: bool) -> Sources:
    """Return what the projection of some listings is derived from."""
    window = night_window(now)
    settlement = current_settings().default_currency
    return load_sources(session, listing_ids, window=window, settlement=settlement, lock=lock)


def mark_nights(session: Session, listing_id: int, nights: Collection[date], taken: bool) -> None:
    """Note in search that nights were taken or freed, in the transaction that takes or frees them.

    One atomic UPDATE of the months concerned, so that two changes at once both hold. Nights outside the window of
    25 months are left to the daily job.
    Needs: freed nights are no longer taken by any other row.
    """
    first, until = night_window(clock.now())
    masks = masks_for_stay(night for night in nights if first <= night < until)
    if not masks:
        return
    values: dict[str, Any] = {"calendar_version": DOCUMENTS.c.calendar_version + 1}
    for slot, mask in masks.items():
        column = DOCUMENTS.c[slot_column(slot)]
        values[column.name] = column.op("|")(mask) if taken else column.op("&")(FULL_MONTH ^ mask)
    session.execute(update(DOCUMENTS).where(DOCUMENTS.c.id == listing_id).values(values))


def night_window(now: datetime) -> tuple[date, date]:
    """Return the half-open span of nights that the 25 masks stand for: from this month in the last time zone."""
    today = earliest_date_on_earth(now)
    month = absolute_month(today) + MONTH_SLOTS
    return today.replace(day=1), date(month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1)


def project(listing: RowMapping, sources: Sources) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """Return the document, the card and the words of one published listing, as rows of their tables."""
    listing_id: int = listing["id"]
    calendar_version, card_version = sources.versions.get(listing_id, (0, 0))
    rating_sum, reviews = sources.figures.get(listing_id, (0, 0))
    photos = sources.photos.get(listing_id, [])
    document = {
        "z": z_key(listing["public_latitude_e6"], listing["public_longitude_e6"]),
        "id": listing_id,
        "lat_e6": listing["public_latitude_e6"],
        "lng_e6": listing["public_longitude_e6"],
        **{name: listing[name] for name in SAME_COLUMNS},
        "property_type": search_flags.PROPERTY_TYPE_NUMBERS[listing["property_type"]],
        "room_type": search_flags.ROOM_TYPE_NUMBERS[listing["room_type"]],
        "check_in_weekdays": listing["check_in_weekdays"] or EVERY_DAY,
        "check_out_weekdays": listing["check_out_weekdays"] or EVERY_DAY,
        "flags": _flags(listing, sources),
        **_prices(listing, sources),
        "rating": half_up(rating_sum * 100, reviews) if reviews else 0,
        "review_count": reviews,
        "rank": rank_of(
            rating_sum=rating_sum,
            review_count=reviews,
            photo_count=len(photos),
            instant_book=listing["instant_book"],
        ),
        "published_s": int(listing["published_at"].timestamp()) if listing["published_at"] else 0,
        "amenities": _amenity_mask(listing, sources),
        "calendar_version": calendar_version + 1,
        "card_version": card_version + 1,
        **_month_masks(sources.taken.get(listing_id, [])),
    }
    rating = half_up(rating_sum * 100, reviews) / 100 if reviews else None
    card = card_of(listing, photos=photos, rating=rating, reviews=reviews)
    words = words_in(listing["title"], listing["city"])
    return (
        document,
        {"id": listing_id, "version": card_version + 1, "json": card_bytes(card)},
        [{"word": word, "listing_id": listing_id} for word in words],
    )


def _flags(listing: RowMapping, sources: Sources) -> int:
    listing_id: int = listing["id"]
    by_date = [*sources.overrides.get(listing_id, ()), *sources.seasons.get(listing_id, ())]
    vary = bool(listing["min_nights_by_weekday"]) or any(row.min_nights is not None for row in by_date)
    return (
        search_flags.INSTANT_BOOK * int(listing["instant_book"])
        | search_flags.PETS * int(listing["pets_allowed"])
        | search_flags.MIN_NIGHTS_VARY * int(vary)
    )


def _prices(listing: RowMapping, sources: Sources) -> dict[str, int]:
    """Return the price columns, in the settlement currency; without a rate in the listing's own, with rate 0."""
    settlement = current_settings().default_currency
    rate = rate_between(sources.rates, listing["currency"], settlement)
    scale = Fraction(10) ** (exponent(settlement) - exponent(listing["currency"]))
    factor = Fraction(1) if rate is None else rate * scale

    def settled(amount_minor: int) -> int:
        exact = factor * amount_minor
        return half_up(exact.numerator, exact.denominator)

    base = listing["nightly_price_minor"]
    weekend = base if listing["weekend_price_minor"] is None else listing["weekend_price_minor"]
    overrides = [row for row in sources.overrides.get(listing["id"], ()) if row.price_minor is not None]
    seasons = sources.seasons.get(listing["id"], ())
    every = [base, weekend, *(row.price_minor for row in overrides), *_season_prices(seasons)]
    months = 0
    for row in overrides:
        months |= 1 << absolute_month(row.night) % MONTH_SLOTS
    return {
        "price_weekday": settled(base),
        "price_weekend": settled(weekend),
        "price_low": settled(min(every)),
        "price_high": settled(max(every)),
        "cleaning_fee": settled(listing["cleaning_fee_minor"]),
        "rate_micros": 0 if rate is None else settled(MICROS),
        "override_months": months,
    }


def _season_prices(seasons: Iterable[Any]) -> list[int]:
    prices = [price for row in seasons for price in (row.nightly_price_minor, row.weekend_price_minor)]
    return [price for price in prices if price is not None]


def _amenity_mask(listing: RowMapping, sources: Sources) -> int:
    mask = 0
    for bit in sources.amenity_bits.get(listing["id"], ()):
        mask |= 1 << bit
    if listing["pets_allowed"]:
        mask |= 1 << AMENITY_BITS["pets_allowed"]
    return mask


def _month_masks(taken: Sequence[date]) -> dict[str, int]:
    masks = set_nights(EMPTY_MASKS, taken)
    return {slot_column(slot): mask for slot, mask in enumerate(masks)}


def last_month_of_window(now: datetime) -> tuple[date, date]:
    """Return the half-open span of the window's last month, whose slot held a past month until lately."""
    _, until = night_window(now)
    return (until - timedelta(days=1)).replace(day=1), until
