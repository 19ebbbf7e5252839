"""Settings of outgoing mail: who takes it, read from MAIL_URL, and the keys of what providers report back."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from airbnb.config.reader import url_options, web_address

SMTP_SCHEMES = ("smtp", "smtps", "smtp+starttls")
SCHEMES = (*SMTP_SCHEMES, "sendgrid", "mailgun")
MAILGUN_APIS = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """Who takes our mail, under which name, and how the reports of two providers are known to be theirs.

    ``sendgrid_public_key`` and ``mailgun_signing_key`` are what the providers' pages show for signed event webhooks;
    without one, that provider's reports are refused.
    """

    url: str = field(repr=False)
    sender: str
    sink_port: int
    sendgrid_public_key: str | None = None
    mailgun_signing_key: str | None = field(default=None, repr=False)

    @property
    def scheme(self) -> str:
        """``smtp``, ``smtps``, ``smtp+starttls``, ``sendgrid`` or ``mailgun``."""
        return urlsplit(self.url).scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAPI:
    """A provider's address and key; ``domain`` is the sending domain where the provider wants it named."""

    endpoint: str
    key: str = field(repr=False)
    domain: str


def sendgrid_api(url: str) -> MailAPI:
    """Read ``sendgrid://KEY@api.sendgrid.com?endpoint=…``; the endpoint is for stand-ins. Raises: ValueError."""
    parts = urlsplit(url)
    options = url_options(parts, {"endpoint"})
    if not (parts.username and parts.hostname):
        raise ValueError("must be sendgrid://KEY@api.sendgrid.com")
    endpoint = web_address(options.get("endpoint")) or f"https://{parts.hostname}"
    return MailAPI(endpoint=endpoint, key=unquote(parts.username), domain="")


def mailgun_api(url: str) -> MailAPI:
    """Read ``mailgun://KEY@mg.example.com?region=eu``; ``endpoint=…`` is for stand-ins. Raises: ValueError."""
    parts = urlsplit(url)
    options = url_options(parts, {"endpoint", "region"})
    region = options.get("region", "us")
    if not (parts.username and parts.hostname) or region not in MAILGUN_APIS:
        raise ValueError("must be mailgun://KEY@your-domain with region=us or region=eu")
    endpoint = web_address(options.get("endpoint")) or MAILGUN_APIS[region]
    return MailAPI(endpoint=endpoint, key=unquote(parts.username), domain=parts.hostname)


def sendgrid_key(text: str) -> EllipticCurvePublicKey:
    """Read the key that SendGrid's page shows: DER in base 64. Raises: ValueError."""
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (binascii.Error, UnsupportedAlgorithm, ValueError) as error:
        raise ValueError("must be the public key that SendGrid shows for signed events") from error
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("must be a public key of an elliptic curve")
    return key


def mail_problems(settings: MailSettings) -> list[str]:
    """Return what is wrong, with the variable's name; the value may carry a key and is not told."""
    read: dict[str, Callable[[str], object]] = {"sendgrid": sendgrid_api, "mailgun": mailgun_api}
    checks = [("MAIL_URL", settings.url, read.get(settings.scheme))]
    if settings.sendgrid_public_key is not None:
        checks.append(("SENDGRID_WEBHOOK_PUBLIC_KEY", settings.sendgrid_public_key, sendgrid_key))
    problems = []
    for name, value, parse in checks:
        try:
            if parse is not None:
                parse(value)
        except ValueError as error:
            problems.append(f"{name} {error}")
    return problems
