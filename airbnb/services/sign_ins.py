"""Guarding the door: wrong passwords are counted where they come from, and owners hear of devices they may not know.

An account is guessed at from one address or from many. Each pair of account and address has its own count, so a thief
elsewhere never uses up the owner's tries; what comes from addresses at which the owner was never signed in has a count
of its own for the account, which leaves the owner's places alone. Unknown accounts are counted the same way.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.ids import token_hash
from airbnb.domain.networks import are_neighbours, network_of
from airbnb.domain.topics import Topic
from airbnb.domain.try_limits import SIGN_IN_ACCOUNT, SIGN_IN_ADDRESS, SIGN_IN_PAIR
from airbnb.models.users import UserSession
from airbnb.queries.sessions import Place, list_places, list_places_by_email
from airbnb.services import outbox
from airbnb.services.tries import forget_tries, give_back, take_try

#: Every release of a browser has another number in its name.
_VERSIONS = re.compile(r"[\d._]+")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in with a password; ``is_known`` says whether its owner was signed in at this address."""

    account: str
    network: str
    is_known: bool

    @property
    def pair(self) -> str:
        """Name the account together with the address."""
        return f"{self.account}:{self.network}"


def begin_attempt(session: Session, email: str, ip: str, *, now: datetime) -> Attempt:
    """Count a try to sign in before the password is looked at; commit before looking.

    Raises: TooManyTries.
    """
    network = network_of(ip)
    known = {network_of(place.ip) for place in list_places_by_email(session, email)}
    attempt = Attempt(account=token_hash(email), network=network, is_known=network in known)
    take_try(session, SIGN_IN_PAIR, attempt.pair, now=now)
    if not attempt.is_known:
        take_try(session, SIGN_IN_ACCOUNT, attempt.account, now=now)
        take_try(session, SIGN_IN_ADDRESS, network, now=now)
    return attempt


def end_attempt(session: Session, attempt: Attempt) -> None:
    """Take a counted try back, because its password was right."""
    forget_tries(session, SIGN_IN_PAIR, attempt.pair)
    if not attempt.is_known:
        give_back(session, SIGN_IN_ACCOUNT, attempt.account)
        give_back(session, SIGN_IN_ADDRESS, attempt.network)


def forget_attempts(session: Session, email: str) -> None:
    """Let an owner in from anywhere who has just proved the address, such as by a mailed link."""
    forget_tries(session, SIGN_IN_ACCOUNT, token_hash(email))


def tell_of_unknown_device(session: Session, device: UserSession) -> bool:
    """Tell a user of a sign-in from a device or place unlike any before; the first sign-in of all is no news."""
    before = list_places(session, device.user_id, but_id=device.id)
    if not before or _is_familiar(Place(device.user_agent, device.ip), before):
        return False
    outbox.record(session, Topic.NEW_SIGN_IN, subject_id=device.id)
    return True


def _is_familiar(place: Place, before: Iterable[Place]) -> bool:
    name = _VERSIONS.sub("", place.user_agent)
    return any(_VERSIONS.sub("", one.user_agent) == name and are_neighbours(one.ip, place.ip) for one in before)
