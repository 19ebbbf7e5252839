"""The way to everything outside: adapters that the factory made, refused while a transaction is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from flask import current_app

from airbnb import __version__, unit_of_work
from airbnb.domain.errors import NotFound
from airbnb.domain.kinds import MailProvider, SignInProvider
from airbnb.integrations.fetching import Fetcher, Fetching
from airbnb.integrations.mail import Mailer, ReportReader
from airbnb.integrations.oauth import OAuthConsumer
from airbnb.integrations.payments import PaymentGateway
from airbnb.integrations.storage import Storage

EXTENSION = "airbnb_outside"
USER_AGENT = f"Stays/{__version__} (calendar feeds)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The adapters of one app."""

    storage: Storage
    mailer: Mailer
    mail_reports: Mapping[str, ReportReader] = field(default_factory=dict)
    gateways: Mapping[str, PaymentGateway]
    sign_in_providers: Mapping[SignInProvider, OAuthConsumer] = field(default_factory=dict)
    fetcher: Fetching = field(default_factory=lambda: Fetcher(user_agent=USER_AGENT))


def storage() -> Storage:
    """Return where files are kept."""
    return _outside().storage


def mailer() -> Mailer:
    """Return what sends mail."""
    return _outside().mailer


def mail_report_reader(provider: MailProvider) -> ReportReader:
    """Return what checks a mail provider's reports. Raises: NotFound unless its key is set."""
    reader = _outside().mail_reports.get(provider)
    if reader is None:
        raise NotFound()
    return reader


def fetcher() -> Fetching:
    """Return what fetches users' URLs."""
    return _outside().fetcher


def gateway(provider: str) -> PaymentGateway:
    """Return the adapter of one payment provider.

    Raises: KeyError for a provider that is not set up; callers check ``gateway_names`` first.
    """
    return _outside().gateways[provider]


def gateway_names() -> tuple[str, ...]:
    """Return the providers that are set up; asking needs no call outside."""
    return tuple(cast(Outside, current_app.extensions[EXTENSION]).gateways)


def sign_in_provider(provider: SignInProvider) -> OAuthConsumer:
    """Return a provider of sign-in. Raises: NotFound unless it is set up."""
    consumer = _outside().sign_in_providers.get(provider)
    if consumer is None:
        raise NotFound()
    return consumer


def sign_in_provider_names() -> tuple[SignInProvider, ...]:
    """Return the providers of sign-in that are set up; asking needs no call outside."""
    return tuple(cast(Outside, current_app.extensions[EXTENSION]).sign_in_providers)


def _outside() -> Outside:
    # A call of seconds must not hold row locks, and a repeated transaction must not repeat it.
    if unit_of_work.is_open():
        raise RuntimeError("nothing outside may be called while a transaction is open")
    return cast(Outside, current_app.extensions[EXTENSION])
