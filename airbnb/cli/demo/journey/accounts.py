"""The journey's people: they register, prove their address by the link in the mail, sign in, refresh and sign out."""

import re

from airbnb.cli.demo.journey.walk import JourneyFailed, Traveller, Walk

PASSWORD = "violet-harbour-91"  # noqa: S105 - of accounts that exist for one walk
_LINK = re.compile(r"verify-email\?token=([\w-]+)")


def join(walk: Walk, name: str, role: str) -> Traveller:
    """Register somebody and prove their address."""
    who = Traveller(name=name, email=f"{name.lower()}-{walk.mark}@journey.example")
    body = {"email": who.email, "password": PASSWORD, "first_name": name, "last_name": "Journey", "role": role}
    answer = walk.call(
        "POST", "/auth/register", json=body, status=201, checks={"user.email": who.email, "user.email_verified": False}
    )
    _take_tokens(who, answer.body)
    who.id = answer.body["user"]["id"]
    letter = walk.wait_for_letter(who, "the verification link", lambda letter: bool(_LINK.search(letter.text)))
    link = _LINK.search(letter.text)
    assert link is not None
    walk.call("POST", "/auth/verify-email", json={"token": link[1]}, status=204)
    walk.call("GET", "/users/me", who=who, checks={"email_verified": True, "roles": lambda roles: role in roles})
    return who


def sign_in_and_out(walk: Walk, who: Traveller) -> None:
    """Walk the sessions: sign in, rotate the tokens, sign out, and find the old tokens dead."""
    login = {"email": who.email, "password": PASSWORD}
    walk.call(
        "POST",
        "/auth/login",
        json={**login, "password": "not-the-password"},
        status=401,
        checks={"code": "invalid_credentials"},
    )
    first = walk.call("POST", "/auth/login", json=login, checks={"token_type": "Bearer", "user.id": who.id}).body
    is_new = {"refresh_token": lambda token: token and token != first["refresh_token"]}
    rotated = walk.call("POST", "/auth/refresh", bearer=first["refresh_token"], checks=is_new).body
    walk.call("POST", "/auth/logout", bearer=rotated["access_token"], status=204)
    walk.call("GET", "/users/me", bearer=rotated["access_token"], status=401, checks={"code": "unauthenticated"})
    again = walk.call("POST", "/auth/login", json=login, checks={"user.id": who.id}).body
    _take_tokens(who, again)


def _take_tokens(who: Traveller, body: dict[str, str]) -> None:
    if not body.get("access_token"):
        raise JourneyFailed(f"{who.name} got no access token")
    who.token, who.refresh_token = body["access_token"], body["refresh_token"]
