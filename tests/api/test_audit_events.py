"""What people do to their own accounts is written down, without addresses and secrets."""

import json

import pytest
from sqlalchemy import select

from airbnb.models.platform import AuditEntry
from airbnb.unit_of_work import reading
from tests.factories.accounts import PASSWORD


def entries() -> list[AuditEntry]:
    with reading() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def test_another_password_is_written_down(post_auth, registered):
    body = {"current_password": PASSWORD, "password": "amber-lantern-47"}
    assert post_auth("/password/change", body, registered["access_token"]).status_code == 204

    (entry,) = entries()
    assert (entry.action, entry.subject_type) == ("change_password", "users")
    assert entry.actor_id == entry.subject_id == int(registered["user"]["id"])
    assert "amber" not in json.dumps([entry.before, entry.after, entry.reason])


@pytest.mark.parametrize(
    "address, kept",
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:aa:1::5", "2001:db8:aa::/48"), ("", None), ("unix:", None)],
)
def test_of_an_owners_address_the_network_is_kept(guest, address: str, kept: str | None):
    answer = guest.post("/users/me/host", environ_base={"REMOTE_ADDR": address})

    assert answer.status_code == 200
    assert entries()[0].ip == kept


def test_becoming_a_host_is_written_down_once(guest):
    assert [guest.post("/users/me/host").status_code for _ in range(2)] == [200, 200]

    (entry,) = entries()
    assert (entry.action, entry.after, entry.actor_id) == ("add_role", {"role": "host"}, guest.user.id)


def test_staff_made_on_the_command_line_are_written_down_and_others_are_not(app):
    for role in ("guest", "finance"):
        options = ["--email", f"{role}@example.test", "--password", PASSWORD, "--role", role]
        assert app.test_cli_runner().invoke(args=["users", "create", *options]).exit_code == 0

    (entry,) = entries()
    assert (entry.action, entry.after, entry.actor_id) == ("create_staff", {"role": "finance"}, None)
