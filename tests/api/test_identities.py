"""The providers of an account: linked by a proved address, shown, and unlinked except for the last way in."""

import pytest
from sqlalchemy import select

from airbnb.models.identities import UserIdentity
from airbnb.models.platform import AuditEntry
from airbnb.models.users import User
from airbnb.unit_of_work import reading
from tests.factories.oauth import EMAIL, Browser

PATH = "/users/me/identities"


@pytest.fixture
def ana(make_user):
    return make_user(email=EMAIL, password_hash="a password")


@pytest.fixture
def both(app, set_up_providers, ana_at_google, ana_at_facebook) -> Browser:
    """A browser that signed in through both providers; Facebook's addresses are trusted."""
    set_up_providers(FACEBOOK_OAUTH_TRUST_EMAIL="true")
    browser = Browser(app)
    assert "code" in browser.sign_in("google", ana_at_google)
    assert "code" in browser.sign_in("facebook", ana_at_facebook)
    return browser


def providers(caller) -> list[str]:
    return [row["provider"] for row in caller.get(PATH).json["data"]]


def test_a_proved_address_links_several_providers_to_one_account(ana, both, client_for, count_rows):
    answer = client_for(ana).get(PATH)

    assert [row["provider"] for row in answer.json["data"]] == ["facebook", "google"]
    assert set(answer.json["data"][0]) == {"provider", "email", "linked_at"}
    assert answer.json["data"][0]["email"] == EMAIL
    assert (count_rows(User), count_rows(UserIdentity)) == (1, 2)


def test_identities_are_paged(ana, both, client_for):
    caller = client_for(ana)
    first = caller.get(f"{PATH}?limit=1").json
    second = caller.get(f"{PATH}?limit=1&cursor={first['page']['next_cursor']}").json

    assert [page["data"][0]["provider"] for page in (first, second)] == ["facebook", "google"]
    assert second["page"]["next_cursor"] is None


def test_nobody_sees_or_unlinks_the_identities_of_others(ana, both, guest, client_for):
    assert providers(guest) == []
    assert guest.delete(f"{PATH}/google").status_code == 404
    assert providers(client_for(ana)) == ["facebook", "google"]


def test_an_unlinked_provider_is_gone_and_can_be_linked_again(ana, both, client_for, ana_at_google):
    caller = client_for(ana)

    assert caller.delete(f"{PATH}/google").status_code == 204
    assert providers(caller) == ["facebook"]
    assert caller.delete(f"{PATH}/google").status_code == 404
    assert "code" in both.sign_in("google", ana_at_google)
    assert providers(caller) == ["google", "facebook"]


def test_linking_and_unlinking_are_in_the_audit_log(ana, both, client_for):
    client_for(ana).delete(f"{PATH}/google")
    with reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == ana.id).order_by(AuditEntry.id))
        told = [(entry.action, entry.before, entry.after, entry.actor_id) for entry in entries]

    assert told == [
        ("link_provider", {"provider": None}, {"provider": "google"}, ana.id),
        ("link_provider", {"provider": None}, {"provider": "facebook"}, ana.id),
        ("unlink_provider", {"provider": "google"}, {"provider": None}, ana.id),
    ]


@pytest.mark.parametrize("name", ["apple", "GOOGLE", "google%20", "0"])
def test_an_unknown_provider_is_not_found(guest, name):
    assert guest.delete(f"{PATH}/{name}").status_code == 404


def test_with_a_password_every_provider_may_go(ana, both, client_for):
    caller = client_for(ana)

    assert [caller.delete(f"{PATH}/{name}").status_code for name in ("google", "facebook")] == [204, 204]


def test_the_last_way_in_stays(make_user, both, client_for, app):
    signed_in = both.exchange(both.sign_in("google", "ana-g")["code"]).json
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}

    def unlink(name: str):
        return both.client.delete(f"/api/v1{PATH}/{name}", headers=headers)

    assert unlink("google").status_code == 204
    last = unlink("facebook")
    assert (last.status_code, last.json["code"]) == (409, "last_sign_in_method")
    first = {"password": "violet-harbour-93"}
    assert both.client.post("/api/v1/auth/password/change", json=first, headers=headers).status_code == 204
    assert unlink("facebook").status_code == 204


def test_a_provider_that_was_turned_off_is_no_way_in(make_user, both, client_for, set_up_providers):
    signed_in = both.exchange(both.sign_in("google", "ana-g")["code"]).json
    set_up_providers(FACEBOOK_OAUTH_CLIENT_ID="", FACEBOOK_OAUTH_CLIENT_SECRET="")
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}

    answer = both.client.delete(f"/api/v1{PATH}/google", headers=headers)

    assert (answer.status_code, answer.json["code"]) == (409, "last_sign_in_method")


def test_identities_need_somebody_signed_in(client):
    assert client.get(f"/api/v1{PATH}").status_code == 401
    assert client.delete(f"/api/v1{PATH}/google").status_code == 401
