"""What the tables themselves refuse, whatever the code above them does."""

from datetime import date

import pytest
from sqlalchemy import Column, Table, delete, insert, inspect, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session, configure_mappers

from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Provider, ReviewSide
from airbnb.domain.pricing import LineKind
from airbnb.domain.statuses import ListingStatus, NightKind, PendingOn
from airbnb.domain.taxes import TaxKind
from airbnb.extensions import Base
from airbnb.models.bookings import Booking, BookingLine
from airbnb.models.calendar import BookedNight, CalendarOverride
from airbnb.models.ledger import LedgerEntry, LedgerTransaction
from airbnb.models.listings import Listing
from airbnb.models.payments import Payment, PaymentIntent
from airbnb.models.reviews import Review
from airbnb.models.users import User
from tests.models import rows

TABLES = sorted(Base.metadata.tables.values(), key=lambda table: table.name)


def names_of(table: Table) -> list[str]:
    return [str(thing.name) for thing in (*table.constraints, *table.indexes)]


@pytest.fixture
def people(rows_session: Session) -> tuple[User, User]:
    host, guest = rows.user(), rows.user()
    rows_session.add_all([host, guest])
    rows_session.flush()
    return host, guest


@pytest.fixture
def listing(rows_session: Session, people: tuple[User, User]) -> Listing:
    row = rows.listing(people[0])
    rows_session.add(row)
    rows_session.flush()
    return row


@pytest.fixture
def booking(rows_session: Session, listing: Listing, people: tuple[User, User]) -> Booking:
    row = rows.booking(listing, people[1])
    rows_session.add(row)
    rows_session.flush()
    return row


def flush_apart(session: Session, things: tuple[object, ...]) -> None:
    with session.begin_nested():
        session.add_all(things)
        session.flush()


def refuses(session: Session, why: str, *things: object) -> None:
    """Expect an error that names the constraint (or, for a unique key on SQLite, its table)."""
    with pytest.raises(DatabaseError, match=why):
        flush_apart(session, things)


def test_every_constraint_and_index_is_named_within_64_characters():
    for table in TABLES:
        for name in names_of(table):
            assert name != "None" and len(name) <= 64, (table.name, name)  # noqa: PT018 - one thought


def test_every_foreign_key_says_what_deleting_does():
    for table in TABLES:
        for key in table.foreign_key_constraints:
            assert key.ondelete in {"RESTRICT", "CASCADE", "SET NULL"}, (table.name, key.name)


def test_no_relationship_loads_by_itself():
    configure_mappers()
    for mapper in Base.registry.mappers:
        for relationship in mapper.relationships:
            assert relationship.lazy == "raise", relationship


def test_no_database_hands_out_ids():
    for table in TABLES:
        column: Column[object] | None = table.autoincrement_column
        assert column is None, table.name


def test_one_night_is_taken_once(rows_session: Session, listing: Listing):
    night = {"listing_id": listing.id, "night": date(2026, 6, 1), "kind": NightKind.BLOCK}
    rows_session.execute(insert(BookedNight).values(night))

    with pytest.raises(IntegrityError):
        rows_session.execute(insert(BookedNight).values(night))


def test_a_booked_night_names_its_booking_and_a_block_does_not(
    rows_session: Session, listing: Listing, booking: Booking
):
    night = date(2026, 6, 1)
    refuses(rows_session, "booking_of_kind", BookedNight(listing_id=listing.id, night=night, kind=NightKind.BOOKING))
    refuses(
        rows_session,
        "booking_of_kind",
        BookedNight(listing_id=listing.id, night=night, kind=NightKind.BLOCK, booking_id=booking.id),
    )
    refuses(rows_session, "feed_of_kind", BookedNight(listing_id=listing.id, night=night, kind=NightKind.FEED))

    rows_session.add(BookedNight(listing_id=listing.id, night=night, kind=NightKind.BOOKING, booking_id=booking.id))
    rows_session.flush()


def test_only_a_listing_that_is_not_bookable_lacks_a_price(rows_session: Session, people: tuple[User, User]):
    refuses(
        rows_session,
        "ck_listings_priced",
        rows.listing(people[0], nightly_price_minor=None, status=ListingStatus.PUBLISHED),
    )
    rows_session.add(rows.listing(people[0], nightly_price_minor=None))
    rows_session.flush()


@pytest.mark.parametrize(
    "columns,why",
    [
        ({"nightly_price_minor": -1}, "nightly_price_minor_not_negative"),
        ({"currency": "EU"}, "currency_length"),
        ({"country_code": "PRT"}, "country_code"),
        ({"latitude_e6": 90_000_001}, "latitude_e6_range"),
        ({"public_longitude_e6": -180_000_001}, "public_longitude_e6_range"),
        ({"max_guests": 0}, "max_guests_positive"),
        ({"min_nights": 8, "max_nights": 7}, "nights_order"),
        ({"weekly_discount_percent": 101}, "weekly_discount_percent_range"),
        ({"early_bird_days": 30}, "early_bird_pair"),
        ({"check_in_weekdays": 0}, "check_in_weekdays_range"),
        ({"import_source": "inside_airbnb"}, "import_pair"),
        ({"booking_window_days": 721}, "booking_window_days_range"),
    ],
)
def test_an_impossible_listing_is_refused(
    rows_session: Session, people: tuple[User, User], columns: dict[str, object], why: str
):
    refuses(rows_session, why, rows.listing(people[0], **columns))


@pytest.mark.parametrize(
    "columns,why",
    [
        ({"check_out": date(2026, 6, 1)}, "ck_bookings_stay"),
        ({"adults": 0}, "adults_positive"),
        ({"total_minor": -1}, "total_minor_not_negative"),
        ({"pending_on": None}, "pending_on_someone"),
        ({"guest_fee_bps": 10_001}, "guest_fee_bps_range"),
        ({"exchange_rate": "1.1"}, "exchange_rate_pair"),
    ],
)
def test_an_impossible_booking_is_refused(
    rows_session: Session, listing: Listing, people: tuple[User, User], columns: dict[str, object], why: str
):
    refuses(rows_session, why, rows.booking(listing, people[1], **columns))


def test_nobody_books_their_own_listing(rows_session: Session, listing: Listing, people: tuple[User, User]):
    refuses(rows_session, "not_own_listing", rows.booking(listing, people[0]))


def test_a_discount_is_never_added_and_a_fee_never_taken_off(rows_session: Session, booking: Booking):
    def line(kind: LineKind, amount_minor: int) -> BookingLine:
        return BookingLine(
            booking_id=booking.id, position=0, kind=kind, label_key="x", unit_minor=0, amount_minor=amount_minor
        )

    refuses(rows_session, "sign_of_kind", line(LineKind.DISCOUNT, 1))
    refuses(rows_session, "sign_of_kind", line(LineKind.CLEANING, -1))


def test_only_a_tax_says_how_it_is_counted(rows_session: Session, booking: Booking):
    line = BookingLine(booking_id=booking.id, position=0, kind=LineKind.CLEANING, label_key="x", unit_minor=1,
                       amount_minor=1, tax_kind=TaxKind.PERCENT)  # fmt: skip
    refuses(rows_session, "tax_only", line)


def payment_of(booking: Booking, **columns: object) -> Payment:
    defaults: dict[str, object] = {"id": new_id(), "booking_id": booking.id, "payer_id": booking.guest_id, "attempt": 1}
    money = {"provider": Provider.SANDBOX, "currency": "EUR", "amount_minor": 34_200}
    return Payment(**(defaults | money | columns))


def test_a_payment_never_gives_back_more_than_it_took(rows_session: Session, booking: Booking):
    refuses(rows_session, "captured_minor_range", payment_of(booking, captured_minor=34_201))
    refuses(rows_session, "refunded_minor_range", payment_of(booking, captured_minor=100, refunded_minor=101))
    refuses(rows_session, "ck_payments_", payment_of(booking, amount_minor=0))


def test_an_intent_has_exactly_one_subject(rows_session: Session, booking: Booking):
    payment = payment_of(booking)
    rows_session.add(payment)
    rows_session.flush()
    money = {"operation": "authorize", "provider": Provider.SANDBOX, "currency": "EUR", "amount_minor": 1}

    refuses(rows_session, "one_subject", PaymentIntent(idempotency_key="none", **money))
    rows_session.add(PaymentIntent(idempotency_key="one", payment_id=payment.id, **money))
    rows_session.flush()
    refuses(rows_session, "idempotency_key", PaymentIntent(idempotency_key="one", payment_id=payment.id, **money))


def test_a_review_has_one_to_five_stars_and_comes_once_per_side(rows_session: Session, booking: Booking):
    def review(**columns: object) -> Review:
        defaults = {
            "booking_id": booking.id,
            "side": ReviewSide.GUEST,
            "author_id": booking.guest_id,
            "subject_id": booking.host_id,
            "listing_id": booking.listing_id,
            "rating": 5,
            "comment": "Lovely",
            "window_ends_at": rows.NOW,
        }
        return Review(**(defaults | columns))

    refuses(rows_session, "rating_range", review(rating=6))
    refuses(rows_session, "cleanliness_range", review(cleanliness=0))
    refuses(rows_session, "not_about_oneself", review(subject_id=booking.guest_id))
    rows_session.add(review())
    rows_session.flush()
    refuses(rows_session, "booking_id", review())


def test_an_empty_override_is_refused(rows_session: Session, listing: Listing):
    refuses(rows_session, "says_something", CalendarOverride(listing_id=listing.id, night=date(2026, 6, 1)))


def test_an_unknown_status_is_refused_by_the_database(rows_session: Session, booking: Booking):
    with pytest.raises(DatabaseError):
        rows_session.execute(text("UPDATE bookings SET status = 'lost' WHERE id = :id"), {"id": booking.id})


def test_a_booking_pending_on_nobody_cannot_be_written_by_update(rows_session: Session, booking: Booking):
    with pytest.raises(DatabaseError):
        rows_session.execute(update(Booking).where(Booking.id == booking.id).values(pending_on=None))
    assert booking.pending_on is PendingOn.PAYMENT


def test_an_email_is_stored_in_lower_case_and_once(rows_session: Session, people: tuple[User, User]):
    refuses(rows_session, "email_lower_case", rows.user(email="Ana@example.test"))
    refuses(rows_session, "email", rows.user(email=people[0].email))


@pytest.mark.parametrize("model", [LedgerTransaction, LedgerEntry])
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_case_35_the_ledger_is_append_only(rows_session: Session, model: type[Base], verb: str):
    posted = LedgerTransaction(id=new_id(), kind="test", source=f"test:{verb}", occurred_at=rows.NOW)
    posted.entries.append(LedgerEntry(position=0, account="a", currency="EUR", amount_minor=5))
    posted.entries.append(LedgerEntry(position=1, account="b", currency="EUR", amount_minor=-5))
    rows_session.add(posted)
    rows_session.flush()
    column = next(iter(inspect(model).local_table.c)).name
    change = update(model).values({column: 1}) if verb == "update" else delete(model)

    with pytest.raises(DatabaseError, match="append-only"):
        rows_session.execute(change.execution_options(synchronize_session=False))


def test_an_entry_of_nothing_is_refused(rows_session: Session):
    posted = LedgerTransaction(id=new_id(), kind="test", source="zero", occurred_at=rows.NOW)
    posted.entries.append(LedgerEntry(position=0, account="a", currency="EUR", amount_minor=0))

    refuses(rows_session, "amount_minor_not_zero", posted)
