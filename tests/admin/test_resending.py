"""Dead letters and webhooks at the dashboard: found from the first page, shown with what failed, sent again."""

from typing import Any

import pytest
from sqlalchemy import select

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import OutboxState
from airbnb.domain.topics import Topic
from airbnb.domain.webhook_events import DeliveryState
from airbnb.models.platform import AuditEntry, OutboxEvent
from airbnb.models.webhook_endpoints import WebhookDelivery, WebhookEndpoint
from airbnb.services.webhook_endpoints import add_endpoint
from airbnb.unit_of_work import in_transaction, reading

URL = "https://hooks.example.com/in/T0PSECRET"
REASON = "Their server is back."
FAILED = {"state": DeliveryState.FAILED, "attempts": 10, "last_status": 500}
TRY = {"at": "2027-01-01T00:00:00Z", "status": 500, "error": "<b>down</b>", "duration_ms": 12}


def audited(action: str) -> list[AuditEntry]:
    with reading() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def read(model: Any, row_id: int) -> Any:
    with reading() as session:
        return session.get(model, row_id)


@pytest.fixture
def dead(guest: Any) -> OutboxEvent:
    event = OutboxEvent(
        topic=Topic.PASSWORD_CHANGED,
        subject_id=guest.user.id,
        payload={},
        state=OutboxState.DEAD,
        attempts=8,
        last_error="550 <no such mailbox>",
    )
    in_transaction(lambda session: session.add(event))
    return event


@pytest.fixture
def delivery(host: Any) -> Any:
    """Add a message to an endpoint of the host's; every keyword is a column."""

    def make(*, disabled: bool = False, **columns: Any) -> WebhookDelivery:
        def work(session: Any) -> WebhookDelivery:
            endpoint, _ = add_endpoint(
                session, host.user.id, sees_all=False, now=clock.now(), url=URL, events=["booking.confirmed"]
            )
            endpoint.disabled_at = clock.now() if disabled else None
            message = {"event_id": endpoint.id, "event_type": "booking.confirmed", "body": "{}", "tries": [TRY]}
            row = WebhookDelivery(endpoint_id=endpoint.id, **message | FAILED | columns)
            session.add(row)
            session.flush()
            return row

        return in_transaction(work)

    return make


def test_a_dead_letter_is_found_from_the_first_page_and_sent_again(
    dead: OutboxEvent, staff_browser: Any, run_outbox: Any, mailer: Any, guest: Any
):
    browser = staff_browser(Role.ADMIN)

    assert 'href="/admin/outbox/?flt0_state_equals=dead"' in browser.get("/").text
    assert f"/outbox/details/?id={dead.id}" in browser.get("/outbox/?flt0_state_equals=dead").text
    assert "550 &lt;no such mailbox&gt;" in browser.get(f"/outbox/{dead.id}/do/resend").text
    browser.submit(f"/outbox/{dead.id}/do/resend", reason=REASON)

    assert read(OutboxEvent, dead.id).attempts == 0
    run_outbox()
    assert read(OutboxEvent, dead.id).state is OutboxState.DONE
    assert [mail.to for mail in mailer.sent] == [guest.user.email]
    (entry,) = audited("resend_event")
    assert (entry.subject_id, entry.reason, entry.before["last_error"]) == (dead.id, REASON, "550 <no such mailbox>")


def test_an_event_that_is_not_dead_any_more_stays_as_it_is(dead: OutboxEvent, staff_browser: Any):
    browser = staff_browser(Role.ADMIN)
    for _ in range(2):
        browser.submit(f"/outbox/{dead.id}/do/resend", reason=REASON)

    assert len(audited("resend_event")) == 1


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE])
def test_others_of_staff_read_and_send_nothing(dead: OutboxEvent, delivery: Any, staff_browser: Any, role: Role):
    browser, message = staff_browser(role), delivery()

    for path in (f"/outbox/{dead.id}", f"/webhook-deliveries/{message.id}"):
        assert browser.get(f"{path}/do/resend").status_code == 403
    assert browser.get(f"/webhook-deliveries/details/?id={message.id}").status_code == 200
    assert read(OutboxEvent, dead.id).state is OutboxState.DEAD
    assert read(WebhookDelivery, message.id).state is DeliveryState.FAILED


def test_a_message_that_was_given_up_shows_each_try_and_is_sent_again(delivery: Any, staff_browser: Any):
    browser, message = staff_browser(Role.ADMIN), delivery()

    assert 'href="/admin/webhook-deliveries/?flt0_state_equals=failed"' in browser.get("/").text
    assert f"details/?id={message.id}" in browser.get("/webhook-deliveries/?flt0_state_equals=failed").text
    details = browser.get(f"/webhook-deliveries/details/?id={message.id}").text
    assert "error: &lt;b&gt;down&lt;/b&gt;" in details
    browser.submit(f"/webhook-deliveries/{message.id}/do/resend", reason=REASON)

    again = read(WebhookDelivery, message.id)
    assert (again.state, again.attempts, again.event_id) == (DeliveryState.PENDING, 0, message.event_id)
    assert [(one.subject_id, one.reason) for one in audited("resend_delivery")] == [(message.id, REASON)]


@pytest.mark.parametrize(
    "columns", [{"state": DeliveryState.PENDING}, {"state": DeliveryState.HELD}, {"disabled": True}]
)
def test_what_is_on_the_way_or_has_nowhere_to_go_is_not_sent(delivery: Any, staff_browser: Any, columns: Any):
    browser, message = staff_browser(Role.ADMIN), delivery(**columns)

    browser.submit(f"/webhook-deliveries/{message.id}/do/resend", reason=REASON)

    assert read(WebhookDelivery, message.id).state is message.state
    assert audited("resend_delivery") == []


def test_an_endpoint_s_address_and_secret_are_its_owner_s(delivery: Any, staff_browser: Any):
    browser, message = staff_browser(Role.ADMIN), delivery()
    sealed = read(WebhookEndpoint, message.endpoint_id).secret_encrypted
    pages = [
        browser.get("/webhook-endpoints/").text,
        browser.get(f"/webhook-endpoints/details/?id={message.endpoint_id}").text,
        browser.get(f"/webhook-deliveries/{message.id}/do/resend").text,
    ]

    assert all("hooks.example.com" in page for page in pages)
    assert not [page for page in pages if "T0PSECRET" in page or sealed in page]
