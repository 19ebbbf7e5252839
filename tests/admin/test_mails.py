"""Mails at the dashboard: what went, what came back, and letting an address get mail again."""

from airbnb.domain import clock
from airbnb.domain.kinds import MailProvider, MailReportKind, Role, SuppressionReason
from airbnb.models.mail_reports import MailReport, MailSuppression
from airbnb.models.notifications import MailMessage
from airbnb.models.platform import AuditEntry
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.mail_samples import SAMPLES

ADDRESS = "ana@example.test"


def bounce(session):
    report = MailReport(
        provider=MailProvider.MAILGUN,
        event_id="e1",
        kind=MailReportKind.BOUNCED,
        address=ADDRESS,
        detail="550 <script>alert(1)</script>",
        happened_at=clock.now(),
    )
    session.add(report)
    session.flush()
    mail = MailMessage(
        event_id=1, template="welcome", to_address=ADDRESS, subject="Hello", message_id="<1@a.b>", withheld="bounced"
    )
    suppression = MailSuppression(address=ADDRESS, reason=SuppressionReason.BOUNCED, report_id=report.id)
    session.add_all([mail, suppression])
    session.flush()
    return suppression.id, report.id


def test_staff_see_what_became_of_a_mail(staff_browser):
    _, report_id = in_transaction(bounce)
    browser = staff_browser(Role.SUPPORT)

    assert "bounced" in browser.get(f"/mails/?search={ADDRESS}").text
    assert ADDRESS in browser.get("/mail-reports/").text
    page = browser.get(f"/mail-reports/details/?id={report_id}").text
    assert "550 &lt;script&gt;" in page
    assert "<script>alert(1)" not in page


def test_staff_let_an_address_get_mail_again_and_say_why(staff_browser, count_rows):
    suppression_id, _ = in_transaction(bounce)
    browser = staff_browser(Role.SUPPORT)
    path = f"/suppressions/{suppression_id}/do/allow"

    shown = browser.get(path).text
    browser.submit(path, reason="The mailbox was full; its owner wrote to us")

    assert f"{ADDRESS} gets mail again" in shown
    assert count_rows(MailSuppression) == 0
    assert count_rows(AuditEntry, AuditEntry.action == "mail.allow_address") == 1


def test_every_template_is_shown_in_every_language(app, staff_browser):
    browser = staff_browser(Role.SUPPORT)

    listed = browser.get("/mails/templates/").text
    english = browser.get("/mails/templates/booking_confirmed_guest")
    german = browser.get("/mails/templates/booking_confirmed_guest?language=de")
    framed = browser.get("/mails/templates/booking_confirmed_guest/html?language=de")

    assert all(f"/mails/templates/{name}?" in listed for name in SAMPLES)
    assert "Booked: A room with a view, Mon, 1 Jun 2026" in english.text
    assert "List-Unsubscribe" not in english.text
    assert "List-Unsubscribe" in browser.get("/mails/templates/message_received").text
    assert "BEGIN:VCALENDAR" in english.text
    assert "Gebucht: A room with a view, Montag, 1. Juni 2026" in german.text
    assert "frame-src 'self'" in german.headers["Content-Security-Policy"]
    assert "Dein Aufenthalt ist gebucht" in framed.text
    assert framed.headers["Content-Security-Policy"].endswith("; sandbox")
    assert browser.get("/mails/templates/no_such_mail").status_code == 404


def test_every_sample_can_be_shown(app, staff_browser):
    browser = staff_browser(Role.ADMIN)

    assert {name for name in SAMPLES if browser.get(f"/mails/templates/{name}?language=de").status_code != 200} == set()
