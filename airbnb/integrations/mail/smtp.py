"""Sends mail over SMTP with Flask-Mail, with the time-outs and certificate checks that it leaves out."""

import ipaddress
import smtplib
import ssl
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import unquote, urlsplit

import flask_mail
from flask import Flask

from airbnb.integrations.mail.outgoing import outgoing_mail
from airbnb.integrations.mail.protocol import MailMessage, MailRefused, MailUnavailable

TIMEOUT_SECONDS = 10.0
_DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
#: SMTP answers from here on are final; below, the server asks to be tried again.
_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class SMTPServer:
    """Where to hand mail over. ``scheme`` is smtp (plain), smtp+starttls or smtps."""

    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> "SMTPServer":
        """Read ``smtp+starttls://user:password@host:port``.

        Raises: ValueError for another scheme, no host, or plain text to another machine.
        """
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORTS:
            raise ValueError("the mail address begins with smtp://, smtp+starttls:// or smtps://")
        if not parts.hostname:
            raise ValueError("the mail address names no host")
        if parts.scheme == "smtp" and not _is_loopback(parts.hostname):
            raise ValueError("plain smtp:// is for this machine only; use smtp+starttls:// or smtps://")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or _DEFAULT_PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


class SMTPMailer:
    """Sends each mail on its own connection; safe for threads."""

    def __init__(
        self, url: str, *, sender: str, timeout: float = TIMEOUT_SECONDS, tls_context: ssl.SSLContext | None = None
    ) -> None:
        """``sender`` is an address or ``Name <address>``; ``tls_context`` adds a private certificate authority."""
        self._server = SMTPServer.from_url(url)
        self._sender = sender
        self._timeout = timeout
        self._tls = tls_context or ssl.create_default_context()
        # Flask-Mail reads its settings from the current app. With an app of its own the mailer works in any process.
        self._app = Flask("airbnb.mail", static_folder=None)
        self._app.config["MAIL_SUPPRESS_SEND"] = False
        self._mail = flask_mail.Mail(self._app)

    def send(self, message: MailMessage) -> str:
        """Hand the mail over and return its message id.

        Raises: MailUnavailable when trying again may help, MailRefused when it won't.
        """
        with self._app.app_context(), ExitStack() as open_connections:
            outgoing = outgoing_mail(message, sender=self._sender)
            connection = _Connection(self._mail, self._server, self._timeout, self._tls)
            try:
                open_connections.enter_context(connection)
            except (OSError, smtplib.SMTPException) as error:
                # Whatever fails before the mail is offered is the server's or the settings' fault, never the mail's.
                raise MailUnavailable(f"{self._server.host}: {type(error).__name__}") from error
            self._hand_over(connection, outgoing)
        return message.message_id

    @staticmethod
    def _hand_over(connection: "_Connection", outgoing: flask_mail.Message) -> None:
        try:
            connection.send(outgoing)
        except smtplib.SMTPRecipientsRefused as error:
            raise _verdict(min(code for code, _ in error.recipients.values())) from error
        except smtplib.SMTPResponseException as error:
            raise _verdict(error.smtp_code) from error
        except (smtplib.SMTPNotSupportedError, UnicodeError, flask_mail.BadHeaderError) as error:
            raise MailRefused("unsupported_address") from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailUnavailable(type(error).__name__) from error


class _Connection(flask_mail.Connection):
    """Flask-Mail's connection with time-outs, checked certificates, and a good-bye that can't undo a sent mail."""

    def __init__(self, mail: flask_mail.Mail, server: SMTPServer, timeout: float, tls: ssl.SSLContext) -> None:
        super().__init__(mail)
        self._server = server
        self._timeout = timeout
        self._tls = tls

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        """Connect, encrypt and log in as the server's address says."""
        server = self._server
        host: smtplib.SMTP | smtplib.SMTP_SSL
        if server.scheme == "smtps":
            host = smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=self._tls)
        else:
            host = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            if server.scheme == "smtp+starttls":
                host.starttls(context=self._tls)
            if server.username and server.password:
                host.login(server.username, server.password)
        except BaseException:
            host.close()
            raise
        return host

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, tb: TracebackType | None
    ) -> None:
        if self.host is None:
            return
        try:
            self.host.quit()
        except (OSError, smtplib.SMTPException):
            # The mail is with the server already; sending it again because of this would double it.
            self.host.close()


def _verdict(code: int) -> MailRefused | MailUnavailable:
    if code >= _PERMANENT:
        return MailRefused(f"smtp_{code}")
    return MailUnavailable(f"smtp_{code}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
