"""Mail through Mailgun's API, which takes a whole MIME message.

Source: https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages
"""

import flask_mail
from flask import Flask

from airbnb.config.mail import MailAPI
from airbnb.integrations.mail.http import post_mail
from airbnb.integrations.mail.outgoing import outgoing_mail
from airbnb.integrations.mail.protocol import MailMessage


class MailgunMailer:
    """Sends each mail with one call; safe for threads."""

    def __init__(self, api: MailAPI, *, sender: str) -> None:
        """``sender`` is an address or ``Name <address>`` of the domain."""
        self._url = f"{api.endpoint}/v3/{api.domain}/messages.mime"
        self._auth = ("api", api.key)
        self._sender = sender
        # Flask-Mail writes MIME with the settings of the current app, so it gets one of its own.
        self._app = Flask("airbnb.mail", static_folder=None)
        flask_mail.Mail(self._app)

    def send(self, message: MailMessage) -> str:
        """Hand the mail over and return its message id. Raises: MailUnavailable, MailRefused."""
        with self._app.app_context():
            mime = outgoing_mail(message, sender=self._sender).as_bytes()
        fields = {"to": message.to, "o:tracking": "no"}
        post_mail(self._url, data=fields, files={"message": ("mail.eml", mime, "message/rfc822")}, auth=self._auth)
        return message.message_id
