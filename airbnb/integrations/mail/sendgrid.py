"""Mail through SendGrid's API.

Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
"""

import base64
from email.utils import parseaddr
from typing import Any

from airbnb.config.mail import MailAPI
from airbnb.integrations.mail.http import post_mail
from airbnb.integrations.mail.outgoing import AUTOMATIC
from airbnb.integrations.mail.protocol import MailMessage


class SendGridMailer:
    """Sends each mail with one call; safe for threads."""

    def __init__(self, api: MailAPI, *, sender: str) -> None:
        """``sender`` is an address or ``Name <address>``."""
        self._url = f"{api.endpoint}/v3/mail/send"
        self._headers = {"Authorization": f"Bearer {api.key}"}
        name, address = parseaddr(sender)
        self._sender = {"email": address, "name": name} if name else {"email": address}

    def send(self, message: MailMessage) -> str:
        """Hand the mail over and return its message id. Raises: MailUnavailable, MailRefused."""
        post_mail(self._url, json=self._body(message), headers=self._headers)
        return message.message_id

    def _body(self, message: MailMessage) -> dict[str, Any]:
        parts = [("text/plain", message.text), ("text/html", message.html)]
        body: dict[str, Any] = {
            # SendGrid gives mails ids of its own; its reports carry this argument back.
            "personalizations": [{"to": [{"email": message.to}], "custom_args": {"message_id": message.message_id}}],
            "from": self._sender,
            "subject": message.subject,
            "content": [{"type": kind, "value": text} for kind, text in parts if text],
            "headers": {"Message-ID": message.message_id, **AUTOMATIC, **message.headers},
            # Mails about bookings carry addresses with tokens: nobody is to rewrite or count them.
            "tracking_settings": {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}},
        }
        if message.attachments:
            body["attachments"] = [
                {
                    "content": base64.b64encode(attachment.data).decode(),
                    "type": attachment.content_type,
                    "filename": attachment.filename,
                }
                for attachment in message.attachments
            ]
        return body
