"""What a row of the table is, and who the people in it are."""

from dataclasses import dataclass
from typing import Any

GUESTS = frozenset({"guest", "other_guest"})
HOSTS = frozenset({"host", "other_host"})
STAFF = frozenset({"support", "finance", "admin"})
SIGNED_IN = GUESTS | HOSTS | STAFF
ANYONE = SIGNED_IN | {"anonymous"}
NOBODY: frozenset[str] = frozenset()
ACTORS = (*sorted(ANYONE), "suspended")

#: What somebody who may is answered: the thing itself, or that the request as sent makes no sense.
LET_IN = frozenset({200, 201, 202, 204, 302, 304, 400, 409, 412, 422})


def only(*names: str) -> frozenset[str]:
    """Return a set of actors."""
    assert ANYONE >= set(names), names
    return frozenset(names)


@dataclass(frozen=True)
class Row:
    """One route, an address of it in the world of the matrix, and the answers."""

    #: Method and rule, as Flask has them, without ``/api/v1``.
    route: str
    may: frozenset[str]
    #: Where to call; words in braces name objects of the world. The rule itself unless given.
    at: str = ""
    #: What those get who are signed in and may not.
    refused: int = 404
    #: Those who are answered 403 though others get ``refused``: they lack the role, whoever owns the thing.
    lacking: frozenset[str] = NOBODY
    #: Body, form or query.
    send: Any = None
    answers: frozenset[int] = LET_IN
    #: What those get who are not signed in, unless they may.
    anonymous: int = 401
    #: What somebody suspended gets; None where nobody is known, so that they get what everybody gets.
    suspended: int | None = 403

    def expected(self, actor: str) -> frozenset[int]:
        """Return the statuses that an actor may be answered."""
        if actor == "suspended":
            return self.answers if self.suspended is None else frozenset({self.suspended})
        if actor in self.may:
            return self.answers
        if actor == "anonymous":
            return frozenset({self.anonymous})
        return frozenset({403 if actor in self.lacking else self.refused})


GUEST_OF_STAY = only("guest")
HOST_OF_STAY = only("host")
PARTIES = only("guest", "host")
NOT_HOSTS = SIGNED_IN - HOSTS
OWNER = only("host")
LISTING = "/listings/<id:listing_id>"
AT_LISTING = "/listings/{listing}"
AT_ENDPOINT = "/webhook-endpoints/{endpoint}"
AT_DRAFT = "/listings/{draft}"
