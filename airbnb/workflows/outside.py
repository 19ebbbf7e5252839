"""The way to everything outside: adapters that the factory made, refused while a transaction is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import current_app

from airbnb import unit_of_work
from airbnb.integrations.mail import Mailer
from airbnb.integrations.payments import PaymentGateway
from airbnb.integrations.storage import Storage

EXTENSION = "airbnb_outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The adapters of one app."""

    storage: Storage
    mailer: Mailer
    gateways: Mapping[str, PaymentGateway]


def storage() -> Storage:
    """Return where files are kept."""
    return _outside().storage


def mailer() -> Mailer:
    """Return what sends mail."""
    return _outside().mailer


def gateway(provider: str) -> PaymentGateway:
    """Return the adapter of one payment provider.

    Raises: KeyError for a provider that is not set up; callers check ``gateway_names`` first.
    """
    return _outside().gateways[provider]


def gateway_names() -> tuple[str, ...]:
    """Return the providers that are set up; asking needs no call outside."""
    return tuple(cast(Outside, current_app.extensions[EXTENSION]).gateways)


def _outside() -> Outside:
    # A call of seconds must not hold row locks, and a repeated transaction must not repeat it.
    if unit_of_work.is_open():
        raise RuntimeError("nothing outside may be called while a transaction is open")
    return cast(Outside, current_app.extensions[EXTENSION])
