"""What users agree to is written down when they do, and never changed."""

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from airbnb.models.account_safety import Consent
from airbnb.unit_of_work import in_transaction, reading
from tests.factories.accounts import registration


def log_of():
    with reading() as session:
        rows = session.scalars(select(Consent).order_by(Consent.id)).all()
    return [(row.kind.value, row.version, row.granted) for row in rows]


def test_registering_writes_down_the_terms_and_the_wish_for_news(post_auth):
    post_auth("/register", registration(accepted_terms_version="2026-01", marketing_opt_in=True))

    assert log_of() == [("terms", "2026-01", True), ("marketing", None, True)]


def test_nothing_agreed_to_is_nothing_written(post_auth):
    post_auth("/register", registration(marketing_opt_in=False))

    assert log_of() == []


def test_changes_are_added_and_repetitions_are_not(guest):
    for body in (
        {"accepted_terms_version": "2026-02", "marketing_opt_in": True},
        {"accepted_terms_version": "2026-02", "marketing_opt_in": True, "bio": "Hello"},
        {"marketing_opt_in": False},
    ):
        assert guest.patch("/users/me", json=body).status_code == 200

    assert log_of() == [("terms", "2026-02", True), ("marketing", None, True), ("marketing", None, False)]


@pytest.mark.parametrize("body", [{"accepted_terms_version": None}, {"marketing_opt_in": "yes"}])
def test_an_agreement_is_not_taken_back_by_nonsense(guest, body):
    assert guest.patch("/users/me", json=body).status_code == 422


@pytest.mark.parametrize("statement", [update(Consent).values(granted=False), delete(Consent)])
def test_the_database_refuses_to_change_the_log(guest, statement):
    guest.patch("/users/me", json={"marketing_opt_in": True})

    with pytest.raises(DatabaseError, match="append-only"):
        in_transaction(lambda session: session.execute(statement))
    assert log_of() == [("marketing", None, True)]
