"""Who lives in the demo world: staff, hosts with payout accounts, and guests."""

import random
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from airbnb.cli.demo.cities import CITIES, DemoCity
from airbnb.cli.demo.logins import DOMAIN, LOGINS, PASSWORD
from airbnb.domain.folding import words_in
from airbnb.domain.kinds import Provider, Role
from airbnb.models.users import User
from airbnb.services.passwords import hash_password
from airbnb.services.payout_accounts import set_account
from airbnb.services.users import create_user

HOSTS_PER_CITY = 3
GUESTS = 36
STAFF = {Role.ADMIN, Role.SUPPORT, Role.FINANCE}
#: How the sandbox treats the payouts of a few hosts; all others are paid.
TROUBLES: dict[int, dict[str, Any]] = {
    4: {"behaviour": "fail_temporary", "times": 1},
    9: {"behaviour": "fail_permanent"},
}


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the demo world."""

    id: int
    first_name: str


@dataclass(frozen=True, slots=True)
class People:
    """Everybody; hosts by the name of their city."""

    hosts: dict[str, list[Person]]
    guests: list[Person]
    staff: list[Person]


def make_people(session: Session, rng: random.Random, *, now: datetime) -> People:
    """Add everybody, all with the demo password."""
    maker = _Maker(session, now)
    named = {Role(role): maker.add(email, first, "Demo", Role(role)) for email, (role, first) in LOGINS.items()}
    hosts = {city.name: maker.hosts_of(city) for city in CITIES}
    first_city = CITIES[0]
    hosts[first_city.name][0] = named[Role.HOST]
    maker.give_account(named[Role.HOST], first_city, number=0)
    guests = [named[Role.GUEST], *maker.guests(rng)]
    return People(hosts, guests, [named[role] for role in sorted(STAFF)])


class _Maker:
    """Makes accounts; the password is hashed once for all of them."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now
        self.password_hash = hash_password(PASSWORD)
        self.made_hosts = 0

    def add(self, email: str, first: str, last: str, role: Role, **columns: Any) -> Person:
        user: User = create_user(
            self.session,
            email=email,
            roles=frozenset({role}),
            first_name=first,
            last_name=last,
            password_hash=self.password_hash,
            email_verified_at=self.now,
            created_at=self.now,
            updated_at=self.now,
            **columns,
        )
        return Person(user.id, user.first_name)

    def hosts_of(self, city: DemoCity) -> list[Person]:
        names = zip(city.first_names, city.last_names, strict=True)
        return [self._host(city, first, last) for first, last in islice(names, HOSTS_PER_CITY)]

    def _host(self, city: DemoCity, first: str, last: str) -> Person:
        host = self.add(
            _address(first, last),
            first,
            last,
            Role.HOST,
            currency=city.currency,
            languages=[city.language, "en"] if city.language != "en" else ["en"],
            bio=f"I have lived in {city.name} for most of my life and like to show guests around.",
        )
        self.made_hosts += 1
        self.give_account(host, city, number=self.made_hosts)
        return host

    def give_account(self, host: Person, city: DemoCity, *, number: int) -> None:
        details = {"account": f"DEMO{number:08d}", **TROUBLES.get(number, {})}
        set_account(
            self.session,
            host.id,
            method=Provider.SANDBOX,
            currency=city.currency,
            details=details,
            now=self.now,
        )

    def guests(self, rng: random.Random) -> list[Person]:
        pairs = [
            (first, last, city)
            for city in CITIES
            for first, last in zip(city.first_names[::-1], city.last_names, strict=True)
        ]
        rng.shuffle(pairs)
        return [
            self.add(_address(first, last, "guest"), first, last, Role.GUEST, currency=city.currency)
            for first, last, city in islice(pairs, GUESTS)
        ]


def _address(*names: str) -> str:
    return f"{'.'.join(word for name in names for word in words_in(name))}@{DOMAIN}"
