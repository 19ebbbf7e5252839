"""``flask users``."""

import pyotp
import pytest

from airbnb.models.notifications import Notification
from airbnb.models.platform import AuditEntry
from airbnb.models.second_factors import TotpFactor
from airbnb.models.users import User, UserRole
from airbnb.queries.users import find_user_by_email
from airbnb.unit_of_work import reading

PASSWORD = "violet-harbour-91"


@pytest.fixture
def create(app):
    def run(*arguments: str, email: str = "Staff@Example.test", password: str = PASSWORD, role: str = "admin"):
        options = ["users", "create", "--email", email, "--password", password, "--role", role, *arguments]
        return app.test_cli_runner().invoke(args=options)

    return run


@pytest.mark.parametrize("role", ["guest", "host", "support", "finance", "admin"])
def test_an_account_of_any_role_is_made_and_can_sign_in(create, client, role):
    made = create("--verified", role=role)

    assert made.exit_code == 0, made.output
    answer = client.post("/api/v1/auth/login", json={"email": "staff@example.test", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json["user"]["roles"] == sorted({"guest", role})
    assert answer.json["user"]["email_verified"] is True


def test_an_address_counts_as_unproved_unless_told(create):
    create()

    with reading() as session:
        assert find_user_by_email(session, "staff@example.test").email_verified_at is None


def test_an_address_is_taken_once(create, count_rows):
    create()
    again = create()

    assert again.exit_code == 1
    assert "already has an account" in again.output
    assert count_rows(User) == 1


@pytest.mark.parametrize(
    "options",
    [{"email": "nobody"}, {"password": "short"}, {"password": "password1234"}, {"role": "owner"}],
)
def test_bad_input_is_refused_with_one_clear_error(create, count_rows, options):
    refused = create(**options)

    assert refused.exit_code != 0
    assert "Error: " in refused.output
    assert "Traceback" not in refused.output
    assert count_rows(User) == count_rows(UserRole) == 0


@pytest.fixture
def remove_second_factor(app):
    def run(email: str):
        options = ["users", "remove-second-factor", "--email", email, "--reason", "Showed a passport"]
        return app.test_cli_runner().invoke(args=options)

    return run


def test_a_lost_second_factor_is_removed_written_down_and_told(guest, remove_second_factor, count_rows, run_outbox):
    code = pyotp.parse_uri(guest.post("/auth/totp/setup").json["otpauth_url"]).now()
    assert guest.post("/auth/totp/confirm", json={"totp_code": code}).status_code == 204

    done = remove_second_factor(guest.user.email.upper())

    assert done.exit_code == 0, done.output
    assert count_rows(TotpFactor) == 0
    run_outbox()
    assert count_rows(AuditEntry, AuditEntry.action == "remove_second_factor") == 1
    assert count_rows(Notification, Notification.user_id == guest.user.id) == 2


def test_removing_what_is_not_there_says_so(guest, remove_second_factor, count_rows):
    assert "has no second factor" in remove_second_factor(guest.user.email).output
    assert "has no account" in remove_second_factor("nobody@example.test").output
    assert count_rows(AuditEntry) == 0
