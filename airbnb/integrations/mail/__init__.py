"""Mail behind one interface: ``smtp`` sends it, ``sink`` is the built-in server that keeps it in a folder."""

from airbnb.integrations.mail.protocol import (
    Attachment,
    Mailer,
    MailError,
    MailMessage,
    MailRefused,
    MailUnavailable,
)
from airbnb.integrations.mail.sink import ReceivedMail, read_mail, read_mailbox, run_sink
from airbnb.integrations.mail.smtp import SMTPMailer

__all__ = [
    "Attachment",
    "MailError",
    "MailMessage",
    "MailRefused",
    "MailUnavailable",
    "Mailer",
    "ReceivedMail",
    "SMTPMailer",
    "read_mail",
    "read_mailbox",
    "run_sink",
]
