"""Mail behind one interface: ``smtp``, ``sendgrid`` and ``mailgun`` send it, ``sink`` is the built-in mailbox."""

from airbnb.integrations.mail.choice import make_mailer, make_report_readers
from airbnb.integrations.mail.mailgun import MailgunMailer
from airbnb.integrations.mail.protocol import (
    Attachment,
    Mailer,
    MailError,
    MailMessage,
    MailRefused,
    MailUnavailable,
)
from airbnb.integrations.mail.reports import (
    MailgunReports,
    ReportReader,
    ReportRejected,
    SendGridReports,
)
from airbnb.integrations.mail.sendgrid import SendGridMailer
from airbnb.integrations.mail.sink import ReceivedMail, read_mail, read_mailbox, run_sink
from airbnb.integrations.mail.smtp import SMTPMailer

__all__ = [
    "Attachment",
    "MailError",
    "MailMessage",
    "MailRefused",
    "MailUnavailable",
    "Mailer",
    "MailgunMailer",
    "MailgunReports",
    "ReceivedMail",
    "ReportReader",
    "ReportRejected",
    "SMTPMailer",
    "SendGridMailer",
    "SendGridReports",
    "make_mailer",
    "make_report_readers",
    "read_mail",
    "read_mailbox",
    "run_sink",
]
