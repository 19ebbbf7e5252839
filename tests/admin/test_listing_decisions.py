"""Staff decide about listings: what the host is told, what guests find, what is written down, and who may not."""

import dataclasses

import pytest

from airbnb.config import ListingReview
from airbnb.domain.kinds import Role
from airbnb.domain.statuses import ListingStatus
from airbnb.models.history import StatusChange
from airbnb.models.listings import Listing
from airbnb.models.platform import AuditEntry, OutboxEvent
from airbnb.models.search import SearchDocument
from airbnb.unit_of_work import reading
from tests.factories.dashboard import TOKEN

WORDS = "Please show the bathroom, too."


@pytest.fixture
def reviewed(app, monkeypatch, settings):
    """Staff look at each listing before its first publish."""
    strict = dataclasses.replace(settings, listing_review=ListingReview.FIRST)
    monkeypatch.setitem(app.extensions, "airbnb_settings", strict)


@pytest.fixture
def waiting(host, make_listing) -> Listing:
    return make_listing(host=host.user, status=ListingStatus.IN_REVIEW, published_at=None, title="The lake house")


def status_of(listing: Listing) -> ListingStatus:
    with reading() as session:
        return session.get(Listing, listing.id).status


def alerts_of(client) -> list[tuple[str, str]]:
    return [(row["title"], row["body"]) for row in client.get("/notifications").json["data"]]


def test_a_listing_in_review_is_looked_at_approved_and_found(
    reviewed, host, make_listing, staff_browser, client, run_outbox, mailer, count_rows
):
    draft = make_listing(host=host.user, status=ListingStatus.DRAFT, title="The lake house")
    sent_in = host.post(f"/listings/{draft.id}/publish").json
    browser = staff_browser(Role.SUPPORT)

    listed = browser.get("/listings/?flt0_status_equals=in_review")
    asked = browser.get(f"/listings/{draft.id}/do/approve")
    done = browser.submit(f"/listings/{draft.id}/do/approve", reason="All in order")
    run_outbox()

    assert sent_in["status"] == "in_review"
    assert "The lake house" in listed.text
    assert "can be booked at once" in asked.text
    assert done.status_code == 302
    assert client.get(f"/api/v1/listings/{draft.id}").json["status"] == "published"
    assert count_rows(SearchDocument, SearchDocument.id == draft.id) == 1
    (mail,) = mailer.sent
    assert (mail.to, mail.subject) == (host.user.email, "News about The lake house")
    assert "Your place is published" in mail.text
    assert "All in order" not in mail.text
    assert alerts_of(host) == [("Your place is published", "The lake house")]
    assert count_rows(AuditEntry, AuditEntry.action == "approve_listing", AuditEntry.reason == "All in order") == 1


def test_changes_are_asked_for_with_a_reason_and_the_host_sends_the_listing_in_again(
    reviewed, host, waiting, staff_browser, client, run_outbox, mailer
):
    browser = staff_browser(Role.ADMIN)

    done = browser.submit(f"/listings/{waiting.id}/do/ask-for-changes", choice="photos", reason=WORDS)
    run_outbox()

    assert done.status_code == 302
    assert host.get(f"/listings/{waiting.id}").json["status"] == "changes_requested"
    assert client.get(f"/api/v1/listings/{waiting.id}").status_code == 404
    (mail,) = mailer.sent
    assert mail.to == host.user.email
    assert "It is about the photos." in mail.text
    assert WORDS in mail.text
    assert alerts_of(host) == [("Please change a few things about your place", "The lake house")]
    with reading() as session:
        entry = session.query(AuditEntry).one()
        moved = session.query(StatusChange).filter_by(new="changes_requested").one()
    assert (entry.action, entry.reason, entry.ip) == ("ask_for_listing_changes", WORDS, "127.0.0.1")
    assert entry.after == {"status": "changes_requested", "reason_code": "photos"}
    assert (moved.old, moved.reason, moved.actor_id) == ("in_review", WORDS, entry.actor_id)
    assert host.post(f"/listings/{waiting.id}/publish").json["status"] == "in_review"


@pytest.mark.parametrize("choice", [None, "", "the_weather"])
def test_changes_need_a_reason_that_is_offered(waiting, staff_browser, count_rows, choice):
    browser = staff_browser(Role.SUPPORT)
    fields = {"reason": WORDS} if choice is None else {"reason": WORDS, "choice": choice}

    answer = browser.submit(f"/listings/{waiting.id}/do/ask-for-changes", **fields)

    assert answer.status_code == 422
    assert status_of(waiting) is ListingStatus.IN_REVIEW
    assert count_rows(AuditEntry) == count_rows(OutboxEvent) == 0


def test_a_take_down_is_mailed_with_its_reason_and_can_be_lifted(
    host, make_listing, staff_browser, client, run_outbox, mailer, count_rows
):
    listing = make_listing(host=host.user)
    browser = staff_browser(Role.SUPPORT)

    browser.submit(f"/listings/{listing.id}/do/take-down", reason="Guests report another place.")
    run_outbox()
    while_down = client.get(f"/api/v1/listings/{listing.id}").status_code
    refused = host.post(f"/listings/{listing.id}/publish").status_code
    browser.submit(f"/listings/{listing.id}/do/reinstate", reason="The host has proved it")
    run_outbox()

    down, lifted = mailer.sent
    assert (while_down, refused) == (404, 409)
    assert "Guests report another place." in down.text
    assert "no longer suspended" in lifted.text
    assert "proved" not in lifted.text
    assert status_of(listing) is ListingStatus.PAUSED
    assert count_rows(SearchDocument, SearchDocument.id == listing.id) == 0
    assert count_rows(AuditEntry, AuditEntry.action == "reinstate_listing") == 1
    assert host.post(f"/listings/{listing.id}/publish").json["status"] == "published"


@pytest.mark.parametrize("action", ["approve", "ask-for-changes", "take-down", "reinstate"])
def test_neither_hosts_nor_finance_nor_strangers_decide(
    host, waiting, browser, staff_browser, make_staff, count_rows, action
):
    path = f"/listings/{waiting.id}/do/{action}"
    form = {"reason": WORDS, "choice": "photos"}

    stranger = browser.client.post(f"/admin{path}", data=form)
    at_the_door = browser.sign_in(make_staff(Role.HOST))
    with_token = host.post(f"/../../admin{path}", data=form)
    finance = staff_browser(Role.FINANCE)
    shown = finance.get(f"/listings/details/?id={waiting.id}")
    token = TOKEN.search(shown.text)[1]
    refused = finance.client.post(f"/admin{path}", data={**form, "csrf_token": token})

    assert stranger.status_code == 302
    assert "no access" in at_the_door.text
    assert with_token.status_code in (302, 404)
    assert (refused.status_code, finance.get(path).status_code) == (403, 403)
    assert f"/do/{action}" not in shown.text
    assert status_of(waiting) is ListingStatus.IN_REVIEW
    assert count_rows(AuditEntry) == count_rows(OutboxEvent) == 0


@pytest.mark.parametrize("action", ["approve", "ask-for-changes", "take-down"])
def test_nothing_is_decided_without_the_forms_token(waiting, staff_browser, count_rows, action):
    browser = staff_browser(Role.ADMIN)

    answer = browser.client.post(
        f"/admin/listings/{waiting.id}/do/{action}", data={"reason": WORDS, "choice": "photos"}
    )

    assert answer.status_code == 422
    assert "open for too long" in answer.text
    assert status_of(waiting) is ListingStatus.IN_REVIEW
    assert count_rows(AuditEntry) == 0


def test_of_two_decisions_the_first_counts(waiting, staff_browser, count_rows):
    browser = staff_browser(Role.SUPPORT)
    path = f"/listings/{waiting.id}/do"
    open_page = TOKEN.search(browser.get(f"{path}/ask-for-changes").text)[1]

    browser.submit(f"{path}/approve", reason="All in order")
    late = browser.client.post(
        f"/admin{path}/ask-for-changes",
        data={"csrf_token": open_page, "reason": WORDS, "choice": "photos"},
        follow_redirects=True,
    )

    assert "Done: approve and publish." in late.text
    assert "Done: ask for changes" not in late.text
    assert status_of(waiting) is ListingStatus.PUBLISHED
    assert count_rows(AuditEntry) == count_rows(OutboxEvent) == 1


def test_staff_are_told_what_the_listing_lacks(host, make_listing, staff_browser):
    bare = make_listing(host=host.user, status=ListingStatus.IN_REVIEW, photos=0, description="Short.")

    page = staff_browser(Role.SUPPORT).get(f"/listings/{bare.id}/do/approve")

    assert "Mind that it lacks: description, photos." in page.text
