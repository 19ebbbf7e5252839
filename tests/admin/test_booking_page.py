"""The booking page: one timeline of everything, for those who may see it, at a cost that does not grow."""

import pytest

from airbnb.domain.kinds import Role
from airbnb.models.notifications import MailMessage
from airbnb.models.payments import Payment, WebhookEvent
from airbnb.models.platform import AuditEntry, OutboxEvent
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.webhooks import handle_event


@pytest.fixture
def stay(guest, host, make_listing, make_booking):
    return make_booking(listing=make_listing(host=host.user, title="The lake house"), guest=guest.user)


@pytest.fixture
def page_of(stay):
    return f"/bookings/details/?id={stay.id}"


def test_the_page_tells_states_prices_payments_book_mails_tasks_and_acts_in_one_timeline(
    guest, stay, page_of, staff_browser, run_outbox, mailer
):
    run_outbox()
    guest.post(f"/listings/{stay.listing_id}/conversations", json={"message": "A secret about the key"})
    browser = staff_browser(Role.ADMIN)

    page = browser.get(page_of).text

    for words in (
        "Booking: pending → confirmed",  # states
        "Nights",  # price lines
        "Payment",
        "authorized",
        "Payment captured",  # the book
        "guest funds",
        "Asked sandbox to capture",  # calls
        mailer.sent[0].subject,
        "Task booking: confirmed: done",
        "1 message",
        "The lake house",
        guest.user.first_name,
    ):
        assert words in page, words
    assert "A secret about the key" not in page


def test_support_sees_neither_book_nor_payouts_nor_providers(stay, page_of, staff_browser):
    browser = staff_browser(Role.SUPPORT)

    page = browser.get(page_of).text

    assert "Payment captured" not in page
    assert "Asked sandbox" not in page
    assert "Booking: pending → confirmed" in page


def test_the_page_costs_the_same_however_much_happened(stay, page_of, staff_browser, count_statements, run_outbox):
    browser = staff_browser(Role.ADMIN)
    run_outbox()
    count_statements.clear()
    browser.get(page_of)
    few = len(count_statements)
    in_transaction(lambda rows: rows.add_all(_much_more(stay)))
    count_statements.clear()

    page = browser.get(page_of)

    assert page.text.count("Task many: events") == 20
    assert len(count_statements) == few


def _much_more(stay):
    for number in range(20):
        yield OutboxEvent(topic="many.events", subject_id=stay.id)
        yield MailMessage(
            event_id=number, template="t", to_address="a@b.test", subject=f"M{number}", message_id=f"<{number}>",
            subject_id=stay.id,
        )  # fmt: skip
        yield AuditEntry(action="many_acts", subject_type="bookings", subject_id=stay.id, before={}, after={})


def test_the_timeline_can_be_narrowed_to_one_kind(stay, page_of, staff_browser, run_outbox):
    run_outbox()
    browser = staff_browser(Role.ADMIN)

    mails = browser.get(f"{page_of}&show=mail").text

    assert "Mail “" in mails
    assert "Booking: pending → confirmed" not in mails
    assert "Nothing of this kind" in browser.get(f"{page_of}&show=nonsense").text


def test_what_a_provider_reported_is_in_the_timeline(stay, page_of, staff_browser):
    event = WebhookEvent(
        provider="sandbox",
        event_id="evt_1",
        type="payment.captured",
        payload={"subject": "payment", "provider_ref": "none", "data": {"reference": str(_payment_of(stay))}},
    )

    def store(rows):
        rows.add(event)
        rows.flush()
        task = OutboxEvent(topic="webhook.received", subject_id=event.id)
        rows.add(task)
        rows.flush()
        return task.id

    handle_event(in_transaction(store))

    assert "Sandbox reported payment: captured: done" in staff_browser(Role.FINANCE).get(page_of).text


def _payment_of(stay):
    with reading() as rows:
        return rows.query(Payment.id).filter_by(booking_id=stay.id).scalar()


def test_times_are_told_on_the_clocks_of_the_place_and_for_the_readers_own(stay, page_of, staff_browser):
    page = staff_browser(Role.SUPPORT).get(page_of).text

    assert f'<time datetime="{stay.check_in_at:%Y-%m-%dT%H:%M:%SZ}">' in page
    assert f"{stay.check_in} 15:00 <small>at the place</small>" in page


def test_messages_are_only_counted_and_lead_to_where_a_reason_is_asked_for(guest, stay, page_of, staff_browser):
    talk = guest.post(f"/listings/{stay.listing_id}/conversations", json={"message": "Where is the key?"}).json

    page = staff_browser(Role.SUPPORT).get(page_of).text

    assert f'<a href="/admin/conversations/details/?id={talk["id"]}">1 message</a>' in page
    assert "Where is the key?" not in page
    assert "/admin/conversations/details" not in staff_browser(Role.FINANCE).get(page_of).text
