"""Which mailer the settings name."""

from airbnb.config.mail import MailSettings, mailgun_api, sendgrid_api, sendgrid_key
from airbnb.integrations.mail.mailgun import MailgunMailer
from airbnb.integrations.mail.protocol import Mailer
from airbnb.integrations.mail.reports import MailgunReports, ReportReader, SendGridReports
from airbnb.integrations.mail.sendgrid import SendGridMailer
from airbnb.integrations.mail.smtp import SMTPMailer


def make_mailer(settings: MailSettings) -> Mailer:
    """Return the mailer that MAIL_URL names. Raises: ValueError, which the settings' own check tells first."""
    if settings.scheme == "sendgrid":
        return SendGridMailer(sendgrid_api(settings.url), sender=settings.sender)
    if settings.scheme == "mailgun":
        return MailgunMailer(mailgun_api(settings.url), sender=settings.sender)
    return SMTPMailer(settings.url, sender=settings.sender)


def make_report_readers(settings: MailSettings) -> dict[str, ReportReader]:
    """Return who reads the reports of which provider; one whose key is not set is left out."""
    readers: dict[str, ReportReader] = {}
    if settings.sendgrid_public_key is not None:
        readers["sendgrid"] = SendGridReports(sendgrid_key(settings.sendgrid_public_key))
    if settings.mailgun_signing_key is not None:
        readers["mailgun"] = MailgunReports(settings.mailgun_signing_key)
    return readers
