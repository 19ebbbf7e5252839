"""``flask users create``."""

import pytest

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
