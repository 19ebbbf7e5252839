"""The one writer of search's projection: documents, cards and words of published listings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any, cast

from sqlalchemy import RowMapping, Table, Update, bindparam, delete, insert, update
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
from airbnb.domain.search_spans import (
    DatedNight,
    SeasonRule,
    Span,
    dated_nights,
    is_weekend,
    month_bits,
    pack_spans,
    pack_weekdays,
)
from airbnb.domain.statuses import ListingStatus
from airbnb.domain.stays import earliest_date_on_earth
from airbnb.extensions import current_settings
from airbnb.models.search import ListingCard, SearchDocument, SearchSpan, SearchWord
from airbnb.queries.exchange_rates import rate_between
from airbnb.queries.search_answers import note_changed_places
from airbnb.queries.search_sources import Sources, load_sources
from airbnb.queries.search_upkeep import places_of
from airbnb.services.listing_cards import card_bytes, card_of, card_version

DOCUMENTS = cast(Table, SearchDocument.__table__)
CARDS = cast(Table, ListingCard.__table__)
WORDS = cast(Table, SearchWord.__table__)
SPANS = cast(Table, SearchSpan.__table__)
#: Grows with every change of what is written for the same sources; ``flask prepare`` then rebuilds what is there.
FORM = 2
#: Every table of the projection, by the column that names the listing.
TABLES = ((DOCUMENTS, "id"), (CARDS, "id"), (WORDS, "listing_id"), (SPANS, "listing_id"))

Row = dict[str, Any]

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
    now = clock.now()
    sources = read_sources(session, listing_ids, now=now, lock=True)
    before = places_of(session, listing_ids)
    for table, column in TABLES:
        session.execute(delete(table).where(table.c[column].in_(listing_ids)))
    published = [row for row in sources.listings if row["status"] is ListingStatus.PUBLISHED]
    projected = [project(row, sources, now=now) for row in published]
    for table, rows in (
        (DOCUMENTS, [one.document for one in projected]),
        (CARDS, [one.card for one in projected]),
        (WORDS, [word for one in projected for word in one.words]),
        (SPANS, [span for one in projected for span in one.spans]),
    ):
        if rows:
            session.execute(insert(table), rows)
    note_changed_places(session, {*before, *(one.document["z"] for one in projected)})


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
    bits = {f"bits{slot}": mask if taken else FULL_MONTH ^ mask for slot, mask in masks.items()}
    session.execute(_mark_statement(tuple(masks), taken=taken), {"listing": listing_id, **bits})


@cache
def _mark_statement(slots: Sequence[int], *, taken: bool) -> Update:
    values: dict[str, Any] = {"calendar_version": DOCUMENTS.c.calendar_version + 1}
    for slot in slots:
        column = DOCUMENTS.c[slot_column(slot)]
        values[column.name] = column.op("|" if taken else "&")(bindparam(f"bits{slot}", type_=column.type))
    return update(DOCUMENTS).where(DOCUMENTS.c.id == bindparam("listing")).values(values)


def night_window(now: datetime) -> tuple[date, date]:
    """Return the half-open span of nights that the 25 masks stand for: from this month in the last time zone."""
    today = earliest_date_on_earth(now)
    month = absolute_month(today) + MONTH_SLOTS
    return today.replace(day=1), date(month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1)


@dataclass(frozen=True, slots=True)
class Projected:
    """One published listing as rows of the projection's tables."""

    document: Row
    card: Row
    words: list[Row]
    spans: list[Row]


def project(listing: RowMapping, sources: Sources, *, now: datetime) -> Projected:
    """Return the rows of one published listing."""
    listing_id: int = listing["id"]
    calendar_version = sources.calendar_versions.get(listing_id, 0)
    rating_sum, reviews = sources.figures.get(listing_id, (0, 0))
    photos = sources.photos.get(listing_id, [])
    rating = half_up(rating_sum * 100, reviews) / 100 if reviews else None
    card = card_bytes(card_of(listing, photos=photos, rating=rating, reviews=reviews))
    settle = _settling(listing, sources)
    spans = _spans(listing, sources, settle, now)
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
        "flags": _flags(listing, spans),
        "min_nights_week": pack_weekdays(
            listing["min_nights"], {int(day): least for day, least in listing["min_nights_by_weekday"].items()}
        ),
        **_prices(listing, settle, spans),
        "override_months": month_bits(spans, MONTH_SLOTS),
        "rating": half_up(rating_sum * 100, reviews) if reviews else 0,
        "review_count": reviews,
        "rank": _rank(listing, sources, now),
        "published_s": int(listing["published_at"].timestamp()) if listing["published_at"] else 0,
        "amenities": _amenity_mask(listing, sources),
        "calendar_version": calendar_version + 1,
        "card_version": card_version(card),
        **_month_masks(sources.taken.get(listing_id, [])),
    }
    return Projected(
        document=document,
        card={"id": listing_id, "version": document["card_version"], "json": card},
        words=[{"word": word, "listing_id": listing_id} for word in words_in(listing["title"], listing["city"])],
        spans=[_span_row(listing_id, span) for span in spans],
    )


def _rank(listing: RowMapping, sources: Sources, now: datetime) -> int:
    rating_sum, reviews = sources.figures.get(listing["id"], (0, 0))
    return rank_of(
        rating_sum=rating_sum,
        review_count=reviews,
        photo_count=len(sources.photos.get(listing["id"], [])),
        instant_book=listing["instant_book"],
        days_shown=(now - listing["published_at"]).days if listing["published_at"] else None,
    )


def _flags(listing: RowMapping, spans: Sequence[Span]) -> int:
    vary = bool(listing["min_nights_by_weekday"]) or any(span.min_nights is not None for span in spans)
    return (
        search_flags.INSTANT_BOOK * int(listing["instant_book"])
        | search_flags.PETS * int(listing["pets_allowed"])
        | search_flags.MIN_NIGHTS_VARY * int(vary)
        | search_flags.PLAIN_RULES * int(search_flags.has_plain_rules(cast(Any, listing), min_nights_vary=vary))
    )


@dataclass(frozen=True, slots=True)
class Settling:
    """How a listing's amounts become the settlement currency's; without a rate they stay as they are."""

    factor: Fraction
    is_known: bool

    def __call__(self, amount_minor: int) -> int:
        exact = self.factor * amount_minor
        return half_up(exact.numerator, exact.denominator)


def _settling(listing: RowMapping, sources: Sources) -> Settling:
    settlement = current_settings().default_currency
    rate = rate_between(sources.rates, listing["currency"], settlement)
    scale = Fraction(10) ** (exponent(settlement) - exponent(listing["currency"]))
    return Settling(Fraction(1), False) if rate is None else Settling(rate * scale, True)


def _usual_prices(listing: RowMapping) -> tuple[int, int]:
    base = listing["nightly_price_minor"]
    return base, base if listing["weekend_price_minor"] is None else listing["weekend_price_minor"]


def _prices(listing: RowMapping, settle: Settling, spans: Sequence[Span]) -> Row:
    """Return the price columns, in the settlement currency; without a rate in the listing's own, with rate 0."""
    weekday, weekend = (settle(price) for price in _usual_prices(listing))
    every = [weekday, weekend]
    for span in spans:
        every += [weekday + span.extra_weekday, weekend + span.extra_weekend]
    return {
        "price_weekday": weekday,
        "price_weekend": weekend,
        "price_low": min(every),
        "price_high": max(every),
        "cleaning_fee": settle(listing["cleaning_fee_minor"]),
        "rate_micros": settle(MICROS) if settle.is_known else 0,
    }


def _spans(listing: RowMapping, sources: Sources, settle: Settling, now: datetime) -> list[Span]:
    overrides = {
        row.night: DatedNight(row.price_minor, row.min_nights) for row in sources.overrides.get(listing["id"], ())
    }
    seasons = [
        SeasonRule(
            first=row.starts_on,
            until=row.ends_on,
            nightly_minor=row.nightly_price_minor,
            weekend_minor=row.weekend_price_minor,
            min_nights=row.min_nights,
        )
        for row in sorted(sources.seasons.get(listing["id"], ()), key=lambda row: (row.starts_on, row.id))
    ]
    weekday, weekend = (settle(price) for price in _usual_prices(listing))
    extras = []
    for night, own in dated_nights(overrides, seasons, night_window(now)).items():
        usual = weekend if is_weekend(night) else weekday
        extras.append((night, 0 if own.price_minor is None else settle(own.price_minor) - usual, own.min_nights))
    return pack_spans(extras)


def _span_row(listing_id: int, span: Span) -> Row:
    return {
        "listing_id": listing_id,
        "first_day": span.first,
        "until_day": span.until,
        "extra_weekday": span.extra_weekday,
        "extra_weekend": span.extra_weekend,
        "min_nights": span.min_nights,
    }


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
