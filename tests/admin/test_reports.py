"""Staff read what people report and say what came of it."""

import io
import json
import zipfile

import pytest
from sqlalchemy import select

from airbnb.domain.kinds import ReportOutcome, ReportReason, ReportSubject, Role
from airbnb.models.platform import AuditEntry
from airbnb.models.reports import Report
from airbnb.unit_of_work import in_transaction, reading

NOTE = "Called the host, who sent photos."


@pytest.fixture
def told(guest, host, make_listing):
    """A guest's report of a listing, as the API answered it."""
    listing = make_listing(host=host.user)
    body = {"reason_code": "unsafe", "text": "No smoke alarm."}
    return guest.post(f"/listings/{listing.id}/report", json=body).json


def stored() -> Report:
    with reading() as session:
        return session.scalars(select(Report)).one()


def test_a_report_is_read_and_closed_with_an_outcome(told, host, guest, staff_browser, count_rows):
    browser = staff_browser(Role.SUPPORT)

    listed = browser.get("/reports/?flt0_state_equals=open")
    details = browser.get(f"/reports/details/?id={told['id']}")
    done = browser.submit(f"/reports/{told['id']}/do/handle", choice="acted_on", reason=NOTE)
    still_open = browser.get("/reports/?flt0_state_equals=open")
    closed = browser.get("/reports/?flt0_state_equals=done")

    assert f"/admin/listings/details/?id={told['subject_id']}" in listed.text
    assert guest.user.email in listed.text
    assert "No smoke alarm." in details.text
    assert "Close report" in details.text
    assert done.status_code == 302
    assert told["id"] not in still_open.text
    assert "acted on" in closed.text
    report = stored()
    assert (report.outcome, report.note) == (ReportOutcome.ACTED_ON, NOTE)
    assert report.handled_at is not None
    with reading() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.reason) == ("handle_report", report.handled_by_id, NOTE)
    assert (entry.after, entry.ip) == ({"outcome": "acted_on"}, "127.0.0.1")


def test_a_report_of_a_person_leads_to_the_person(guest, host, staff_browser):
    guest.post(f"/users/{host.user.id}/report", json={"reason_code": "offensive"})

    page = staff_browser(Role.ADMIN).get("/reports/")

    assert f"/admin/users/details/?id={host.user.id}" in page.text


def test_a_closed_report_is_not_closed_again_and_said_again_is_open(told, guest, staff_browser, count_rows):
    browser = staff_browser(Role.SUPPORT)
    path = f"/reports/{told['id']}/do/handle"
    browser.submit(path, choice="nothing_found", reason=NOTE)

    again = browser.get(path)
    guest.post(f"/listings/{told['subject_id']}/report", json={"reason_code": "unsafe", "text": "Still none."})
    reopened = stored()

    assert "not possible" in again.text
    assert (reopened.handled_at, reopened.outcome, reopened.note, reopened.handled_by_id) == (None, None, None, None)
    assert browser.submit(path, choice="warned", reason=NOTE).status_code == 302
    assert count_rows(AuditEntry, AuditEntry.action == "handle_report") == 2


@pytest.mark.parametrize("fields", [{"reason": NOTE}, {"reason": NOTE, "choice": "boring"}, {"choice": "warned"}])
def test_closing_needs_an_outcome_and_a_note(told, staff_browser, count_rows, fields):
    answer = staff_browser(Role.SUPPORT).submit(f"/reports/{told['id']}/do/handle", **fields)

    assert answer.status_code == 422
    assert stored().handled_at is None
    assert count_rows(AuditEntry) == 0


def test_finance_hosts_and_forms_from_elsewhere_close_nothing(told, browser, staff_browser, make_staff, count_rows):
    path, form = f"/admin/reports/{told['id']}/do/handle", {"choice": "warned", "reason": NOTE}

    stranger = browser.client.post(path, data=form)
    host = browser.sign_in(make_staff(Role.HOST))
    finance = staff_browser(Role.FINANCE).client.post(path, data=form)
    browser.client.delete_cookie("session")
    forged = staff_browser(Role.SUPPORT).client.post(path, data=form)

    assert (stranger.status_code, host.status_code) == (302, 200)
    assert (finance.status_code, forged.status_code) == (403, 422)
    assert stored().handled_at is None
    assert count_rows(AuditEntry) == 0


def test_the_list_costs_the_same_for_any_number_of_reports(guest, host, make_listing, staff_browser, count_statements):
    browser = staff_browser(Role.SUPPORT)
    listings = [make_listing(host=host.user) for _ in range(6)]

    def report(some):
        for listing in some:
            guest.post(f"/listings/{listing.id}/report", json={"reason_code": "scam"})

    report(listings[:1])
    count_statements.clear()
    browser.get("/reports/")
    few = len(count_statements)
    report(listings[1:])
    count_statements.clear()
    page = browser.get("/reports/")

    assert page.text.count(guest.user.email) == 6
    assert len(count_statements) == few


def test_reporters_find_their_reports_in_the_export_without_the_notes_of_staff(
    told, guest, host, staff_browser, run_outbox, client
):
    staff_browser(Role.SUPPORT).submit(f"/reports/{told['id']}/do/handle", choice="warned", reason=NOTE)

    def exported(asker) -> str:
        made = asker.post("/users/me/exports").json
        run_outbox()
        url = asker.get(f"/users/me/exports/{made['id']}").json["download_url"]
        with zipfile.ZipFile(io.BytesIO(client.get(url.removeprefix("http://localhost")).data)) as files:
            return files.read("reports_made.json").decode()

    mine, theirs = json.loads(exported(guest)), json.loads(exported(host))

    assert [(row["subject_type"], row["text"], row["outcome"]) for row in mine] == [
        ("listing", "No smoke alarm.", "warned")
    ]
    assert not {"note", "handled_by_id"} & mine[0].keys()
    assert theirs == []


def test_what_is_reported_waits_on_the_first_page(told, staff_browser):
    page = staff_browser(Role.SUPPORT).get("/")

    assert "/admin/reports/?flt0_state_equals=open" in page.text


def test_a_report_of_a_message_is_named_and_leads_nowhere(guest, staff_browser):
    in_transaction(
        lambda session: session.add(
            Report(
                reporter_id=guest.user.id,
                subject_type=ReportSubject.MESSAGE,
                subject_id=7,
                reason_code=ReportReason.SPAM,
            )
        )
    )

    page = staff_browser(Role.SUPPORT).get("/reports/")

    assert "message 7" in page.text
