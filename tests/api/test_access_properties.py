"""Which properties may be written and read: never what the platform says, never what is another's. Case 38."""

import json

import pytest
from sqlalchemy import select

from airbnb.extensions import Base
from airbnb.models.bookings import Booking
from airbnb.models.listings import Listing
from airbnb.models.users import User, UserRole
from airbnb.unit_of_work import reading
from tests.api.access_table import API
from tests.api.access_table.rows import SIGNED_IN, STAFF
from tests.factories.accounts import registration

PREFIX = "/api/v1"
#: What only the platform may say, with a value that would pay off.
FORBIDDEN = {
    "id": "1",
    "owner_id": "1",
    "host_id": "1",
    "guest_id": "1",
    "user_id": "1",
    "author_id": "1",
    "roles": ["admin"],
    "is_staff": True,
    "is_admin": True,
    "permissions": ["manage_staff"],
    "status": "confirmed",
    "state": "paid",
    "email_verified": True,
    "email_verified_at": "2020-01-01T00:00:00Z",
    "verified_at": "2020-01-01T00:00:00Z",
    "password_hash": "x",
    "total": {"amount": "0.00", "currency": "EUR"},
    "total_minor": 0,
    "price_total": "0.00",
    "paid": {"amount": "900.00", "currency": "EUR"},
    "balance": "1000000.00",
    "host_payout": "1.00",
    "amount_minor": 1,
    "fee_bps": 0,
    "rating_sum": 500,
    "version": 99,
    "created_at": "2020-01-01T00:00:00Z",
    "published_at": "2020-01-01T00:00:00Z",
    "confirmed_at": "2020-01-01T00:00:00Z",
    "held_reasons": [],
    "__class__": "User",
    "$where": "1",
}
#: Where a name of the list above is the caller's to say after all.
THEIRS: dict[str, set[str]] = {}


def writable_routes(app) -> list[tuple[str, set[str]]]:
    """Return the routes that read a JSON object, with the properties that they document."""
    spec = app.test_client().get(f"{PREFIX}/openapi.json").json
    found = []
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
            schema = content.get("application/json", {}).get("schema", {})
            name = schema.get("$ref", "").rpartition("/")[2]
            properties = spec["components"]["schemas"].get(name, {}).get("properties")
            if properties:
                found.append((f"{method.upper()} {path}", set(properties)))
    return found


def rows_of_table() -> dict[str, list]:
    """Return the rows of the matrix by method and documented path."""
    found: dict[str, list] = {}
    for row in API:
        method, rule = row.route.split(" ", 1)
        path = "/".join(
            "{" + part.strip("<>").rpartition(":")[2] + "}" if "<" in part else part for part in rule.split("/")
        )
        found.setdefault(f"{method} {PREFIX}{path}", []).append(row)
    return found


def test_case_38_no_route_takes_what_is_the_platforms_to_say(app, world, nothing_stays):
    rows, wrong = rows_of_table(), []
    routes = writable_routes(app)
    for route, properties in routes:
        forbidden = {name: value for name, value in FORBIDDEN.items() if name not in THEIRS.get(route, set())}
        assert not properties & forbidden.keys(), f"{route} documents {properties & forbidden.keys()}"
        method, _ = route.split(" ")
        for row in rows[route]:
            for actor in SIGNED_IN:
                path = PREFIX + (row.at or row.route.split(" ", 1)[1]).format(**world.ids)
                answer = world.call(actor, method, path, {"json": forbidden})
                unknown = {name.split(".")[0] for name in (answer.json or {}).get("errors", {})}
                refused = answer.status_code in (401, 403, 404) and actor not in row.may
                if not refused and not (answer.status_code == 422 and unknown >= forbidden.keys()):
                    wrong.append(f"{route}, {actor}: {answer.status_code}, took {sorted(forbidden.keys() - unknown)}")

    assert len(routes) > 20
    assert not wrong, "\n".join(wrong)


def stored(model: type[Base], row_id: str) -> dict:
    with reading() as session:
        row = session.execute(select(model.__table__).where(model.__table__.c.id == int(row_id))).one()
        return dict(row._mapping)


@pytest.mark.parametrize(
    "actor, method, path, model, owned, body",
    [
        ("guest", "PATCH", "/users/me", User, "guest", {"first_name": "Eve"}),
        ("admin", "PATCH", "/users/me", User, "guest", {"first_name": "Eve"}),
        ("host", "PATCH", "/listings/{listing}", Listing, "listing", {"title": "A castle by the sea"}),
        ("other_host", "PATCH", "/listings/{listing}", Listing, "listing", {"title": "A castle by the sea"}),
        ("guest", "POST", "/bookings/{booking}/cancel", Booking, "booking", {"reason": "Ill"}),
        ("host", "POST", "/bookings/{booking}/decline", Booking, "booking", {"reason": "Ill"}),
        ("support", "POST", "/bookings/{booking}/cancel", Booking, "booking", {"reason": "Ill"}),
    ],
)
def test_case_38_a_good_body_with_one_word_too_many_changes_nothing(world, actor, method, path, model, owned, body):
    before = stored(model, world.ids[owned])

    for name, value in FORBIDDEN.items():
        answer = world.call(actor, method, PREFIX + path.format(**world.ids), {"json": {**body, name: value}})
        assert answer.status_code in (422, 403), (name, answer.json)

    assert stored(model, world.ids[owned]) == before


@pytest.mark.parametrize(
    "role", ["admin", "support", "finance", "Admin", "guest,admin", ["admin"], {"role": "admin"}, 0]
)
def test_case_38_nobody_makes_staff_of_themselves(client, count_rows, role):
    answer = client.post(f"{PREFIX}/auth/register", json=registration(role=role))

    assert answer.status_code == 422
    assert "role" in answer.json["errors"]
    assert count_rows(UserRole) == 0


def test_case_38_a_word_twice_counts_once_and_only_if_it_is_theirs(guest):
    body = '{"first_name": "Eve", "first_name": "Eva", "roles": ["admin"]}'
    answer = guest.patch("/users/me", data=body, content_type="application/json")

    assert answer.status_code == 422
    assert guest.get("/users/me").json["roles"] == ["guest"]


# --- Reading

ACCOUNT = {
    *("id", "email", "email_verified", "first_name", "last_name", "phone", "bio", "languages", "locale", "currency"),
    *("avatar_url", "roles", "birth_date", "created_at"),
}
#: Beside the account itself its owner is told about sign-in.
ACCOUNT_EXTRAS = {"has_password", "totp_enabled", "marketing_opt_in", "accepted_terms_version"}
PROFILE = {"id", "first_name", "avatar_url", "bio", "languages", "since", "reviews_as_host", "reviews_as_guest"}
PERSON = {"id", "first_name", "avatar_url"}
#: Of a listing, what is for its owner, staff and guests with a confirmed stay.
EXACT_PLACE = {"address.line1", "address.line2", "address.postal_code", "arrival_guide"}
PRIVATE_WORDS = ("password", "hash", "secret", "token", "encrypted", "_minor", "version", "suspended", "fee_bps", "ip")


def paths_of(value, prefix: str = "") -> set[str]:
    """Return the dotted paths of all members."""
    if isinstance(value, dict):
        return {prefix + key for key in value}.union(
            *(paths_of(inner, f"{prefix}{key}.") for key, inner in value.items())
        )
    return set().union(*(paths_of(inner, prefix) for inner in value)) if isinstance(value, list) else set()


def seen(world, actor: str, path: str) -> set[str]:
    answer = world.call(actor, "GET", PREFIX + path.format(**world.ids), {})
    assert answer.status_code == 200, (actor, path, answer.json)
    return paths_of(answer.json)


def test_case_38_an_account_shows_its_owner_what_is_theirs(world):
    for actor in SIGNED_IN:
        shown = {path.split(".")[0] for path in seen(world, actor, "/users/me")}
        assert ACCOUNT <= shown <= ACCOUNT | ACCOUNT_EXTRAS


def test_case_38_everybody_sees_the_same_little_of_a_person(world):
    for actor in (*SIGNED_IN, "anonymous"):
        shown = seen(world, actor, "/users/{guest}")
        assert {path.split(".")[0] for path in shown} == PROFILE
        assert "@" not in json.dumps(world.call(actor, "GET", f"{PREFIX}/users/{world.ids['guest']}", {}).json)


def test_case_38_where_a_listing_is_exactly_is_for_few(world):
    public = seen(world, "anonymous", "/listings/{listing}")
    assert not public & EXACT_PLACE
    for actor in ("other_guest", "other_host"):
        assert seen(world, actor, "/listings/{listing}") == public
    for actor in ("guest", "host", *STAFF):
        more = seen(world, actor, "/listings/{listing}") - public
        assert more >= EXACT_PLACE - {"arrival_guide"}
        assert more <= EXACT_PLACE
    assert {path for path in public if path.startswith("host.")} <= {
        f"host.{name}" for name in (*PERSON, "bio", "languages", "since", "rating", "review_count")
    }


def test_case_38_what_the_host_earns_is_not_shown_to_the_guest(world):
    guest, host = (seen(world, actor, "/bookings/{booking}") for actor in ("guest", "host"))
    payout = {path for path in host if "host_payout" in path.split(".")}

    assert {"host_payout", "change.host_payout"} <= payout
    assert guest == host - payout
    for actor in STAFF:
        assert seen(world, actor, "/bookings/{booking}") == host
    assert {path for path in host if path.startswith("counterparty.")} == {f"counterparty.{name}" for name in PERSON}


def test_case_38_secrets_of_a_payment_are_for_its_payer_alone(world):
    secrets = {"payment.client_secret", "payment.approval_url", "client_secret", "approval_url"}

    for actor in ("host", *STAFF):
        assert not seen(world, actor, "/bookings/{booking}") & secrets
    for actor in ("finance", "admin"):
        assert not seen(world, actor, "/payments/{payment}") & secrets


@pytest.mark.parametrize("path", ["/users/me", "/users/{host}", "/listings/{listing}", "/bookings/{booking}"])
def test_case_38_no_answer_has_names_from_behind_the_scenes(world, path):
    for actor in ("guest", "host", *STAFF):
        names = {part for shown in seen(world, actor, path) for part in shown.split(".")} - {
            "has_password",
            *ACCOUNT_EXTRAS,
        }
        assert [
            name for name in names for word in PRIVATE_WORDS if word == name or (len(word) > 2 and word in name)
        ] == []
