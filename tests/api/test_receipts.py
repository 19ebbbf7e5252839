"""A guest's receipts: issued with the money, frozen, told as JSON and as PDF in the reader's language."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from pypdf import PdfReader

from airbnb.domain.kinds import Role
from airbnb.models.users import User
from airbnb.queries.documents import find_faults
from airbnb.unit_of_work import in_transaction, reading

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
CHECK_IN_AT = datetime(2027, 4, 5, 14, tzinfo=UTC)  # 15:00 in Lisbon
PDF = {"Accept": "application/pdf"}


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture(autouse=True)
def _audit(app):
    yield
    with reading() as session:
        assert find_faults(session) == []


@pytest.fixture
def book(guest, host, make_listing):
    def make(*, status=201, token="tok_ok", **columns):
        listing = make_listing(host=host.user, cleaning_fee_minor=4_000, **columns)
        body = {
            "listing_id": str(listing.id),
            "check_in": "2027-04-05",
            "check_out": "2027-04-09",
            "guests": {"adults": 2},
            "payment_method": "sandbox",
            "payment_token": token,
        }
        answer = guest.post("/bookings", json=body, key=f"book-{listing.id}")
        assert answer.status_code == status, answer.json
        return answer.json

    return make


def receipt(client, booking, **options):
    return client.get(f"/bookings/{booking['id']}/receipt", **options)


def pdf_text(answer):
    assert answer.status_code == 200, answer.json
    reader = PdfReader(io.BytesIO(answer.data))
    return "\n".join(page.extract_text() for page in reader.pages).replace("\u00a0", " ")


def test_captured_money_has_a_receipt_that_says_what_for(guest, book):
    booking = book(title="A room with a view")

    answer = receipt(guest, booking)

    assert answer.status_code == 200, answer.json
    assert answer.json["captured"] == booking["total"]
    assert answer.json["refunded"]["amount"] == "0.00"
    (one,) = answer.json["documents"]
    assert (one["number"], one["kind"], one["issued_at"]) == ("00000001", "receipt", "2027-03-20T12:00:00.000000Z")
    assert one["amount"] == one["total"] == booking["total"]
    assert one["lines"] == booking["lines"]
    assert one["guest"] == f"{guest.user.first_name} {guest.user.last_name}".strip()
    assert (one["stay"]["code"], one["stay"]["nights"]) == (booking["code"], 4)
    assert (one["stay"]["listing_title"], one["paid_before"]["amount"]) == ("A room with a view", "0.00")


def test_a_refund_has_a_credit_note_that_names_its_receipt(guest, book, freeze):
    booking = book(cancellation_policy="moderate")
    freeze(CHECK_IN_AT - timedelta(days=2))
    guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")

    body = receipt(guest, booking).json

    assert [(one["number"], one["kind"], one["amount"]["amount"]) for one in body["documents"]] == [
        ("00000001", "receipt", "501.60"),
        ("00000002", "credit_note", "165.00"),
    ]
    assert body["documents"][1]["receipt_number"] == "00000001"
    assert sum(float(line["amount"]["amount"]) for line in body["documents"][1]["credited"]) == 165.0
    assert body["refunded"]["amount"] == "165.00"


def test_before_money_is_captured_there_is_no_receipt(guest, host, book):
    booking = book(instant_book=False)
    assert receipt(guest, booking).status_code == 404

    host.post(f"/bookings/{booking['id']}/accept", key="accept")

    assert receipt(guest, booking).status_code == 200
    assert receipt(guest, book(token="tok_declined")).status_code == 404


def test_what_was_issued_stays_as_it_was(guest, book):
    booking = book()
    before = receipt(guest, booking).json

    def rename(session):
        user = session.get(User, guest.user.id)
        user.first_name, user.last_name = "Somebody", "Else"

    in_transaction(rename)

    assert receipt(guest, booking).json == before


def test_it_is_the_guests_and_of_staff_who_see_money(guest, host, make_client, book):
    booking = book()

    who = [guest, make_client(Role.FINANCE), host, make_client(Role.SUPPORT), make_client(), make_client(Role.HOST)]

    assert [receipt(client, booking).status_code for client in who] == [200, 200, 403, 404, 404, 404]


def test_the_pdf_is_a_private_download(guest, book):
    booking = book()

    answer = receipt(guest, booking, headers=PDF)

    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="receipt-{booking["code"]}.pdf"'
    assert "private" in answer.headers["Cache-Control"]
    assert {"Accept", "Authorization"} <= set(answer.vary) | {name.title() for name in answer.vary}
    again = receipt(guest, booking, headers={**PDF, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert receipt(guest, booking).headers["ETag"] != answer.headers["ETag"]


@pytest.mark.parametrize(
    "language, day, total",
    [
        ("en", "Issued on March 20, 2027", "€501.60"),
        ("de", "Ausgestellt am 20. März 2027", "501,60 €"),
        ("fr, de-AT;q=0.5", "Ausgestellt am 20. März 2027", "€ 501,60"),
        ("ja", "Issued on March 20, 2027", "€501.60"),
    ],
)
def test_the_pdf_writes_money_and_days_as_the_reader_does(guest, book, language, day, total):
    text = pdf_text(receipt(guest, book(), headers={**PDF, "Accept-Language": language}))

    assert day in text
    assert total in text


def test_the_readers_own_language_holds_where_the_program_asks_for_none(guest, book):
    def choose(session):
        session.get(User, guest.user.id).locale = "de"

    in_transaction(choose)

    assert "20. März 2027" in pdf_text(receipt(guest, book(), headers=PDF))


def test_what_people_wrote_is_only_text(guest, book):
    def rename(session):
        user = session.get(User, guest.user.id)
        user.first_name, user.last_name = "<img src=x>", "**Bobby**"

    in_transaction(rename)
    booking = book(title="</td><script>alert(1)</script>")

    text = pdf_text(receipt(guest, booking, headers=PDF))

    assert "<img src=x> **Bobby**" in text
    assert "</td><script>alert(1)</script>" in text


def test_amounts_of_the_pdf_are_those_of_the_json(guest, book, freeze):
    booking = book(cancellation_policy="moderate")
    freeze(CHECK_IN_AT - timedelta(days=2))
    guest.post(f"/bookings/{booking['id']}/cancel", json={}, key="cancel")

    text = pdf_text(receipt(guest, booking, headers={**PDF, "Accept-Language": "en"}))

    for amount in ("€400.00", "€40.00", "€61.60", "€501.60", "-€165.00"):
        assert amount in text
    assert "Credit note 00000002" in text
