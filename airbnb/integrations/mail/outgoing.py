"""The mail as it goes over the wire, whoever takes it."""

import flask_mail

from airbnb.integrations.mail.protocol import MailMessage

#: Says that no person wrote this, so that holiday notices stay away (RFC 3834).
AUTOMATIC = {"Auto-Submitted": "auto-generated"}


def outgoing_mail(message: MailMessage, *, sender: str) -> flask_mail.Message:
    """Return Flask-Mail's form of a mail; needs an app context, as Flask-Mail does."""
    outgoing = flask_mail.Message(
        subject=message.subject,
        recipients=[message.to],
        body=message.text,
        html=message.html,
        sender=sender,
        charset="utf-8",
        extra_headers={**AUTOMATIC, **message.headers},
    )
    outgoing.msgId = message.message_id
    for attachment in message.attachments:
        outgoing.attach(attachment.filename, attachment.content_type, attachment.data)
    return outgoing
