"""Suspending accounts, one-time tokens and counters."""

from datetime import timedelta

import pytest

from airbnb.domain import clock
from airbnb.domain.account_errors import InvalidToken
from airbnb.domain.causes import by_system
from airbnb.domain.errors import InvalidTransition
from airbnb.domain.kinds import TokenPurpose
from airbnb.domain.statuses import UserStatus
from airbnb.models.history import StatusChange
from airbnb.models.users import User
from airbnb.services.one_time_tokens import make_token, token_text, use_token
from airbnb.services.users import lift_suspension, suspend_user
from airbnb.unit_of_work import in_transaction, reading

SECRET = "a-secret-for-tests-" * 2


def test_a_suspension_can_be_lifted(guest, client_for, count_rows):
    cause = by_system(now=clock.now(), reason="spam")
    in_transaction(lambda session: suspend_user(session, guest.user.id, reason="spam", cause=cause))
    with reading() as session:
        suspended = session.get(User, guest.user.id)
    in_transaction(lambda session: lift_suspension(session, guest.user.id, cause=cause))
    with reading() as session:
        user = session.get(User, guest.user.id)

    assert (suspended.status, suspended.suspended_reason) == (UserStatus.SUSPENDED, "spam")
    assert (user.status, user.suspended_reason) == (UserStatus.ACTIVE, None)
    assert guest.get("/users/me").status_code == 401  # signing in again is needed
    assert client_for(user).get("/users/me").status_code == 200
    assert count_rows(StatusChange, StatusChange.subject_id == user.id) == 2


def test_suspending_twice_is_refused(guest):
    cause = by_system(now=clock.now())
    in_transaction(lambda session: suspend_user(session, guest.user.id, reason="spam", cause=cause))

    with pytest.raises(InvalidTransition):
        in_transaction(lambda session: suspend_user(session, guest.user.id, reason="again", cause=cause))


@pytest.fixture
def token(make_user):
    """Make a verification token and return its text."""
    user = make_user()

    def work(session):
        row = make_token(session, user_id=user.id, purpose=TokenPurpose.VERIFY_EMAIL, secret=SECRET, now=clock.now())
        return token_text(row.id, SECRET)

    return in_transaction(work)


def use(token: str, purpose: TokenPurpose = TokenPurpose.VERIFY_EMAIL, after: timedelta = timedelta()):
    return in_transaction(lambda session: use_token(session, token, purpose=purpose, now=clock.now() + after))


def test_a_token_is_spent_by_its_first_use(token):
    use(token)
    with pytest.raises(InvalidToken):
        use(token)


def test_a_token_is_good_for_its_purpose_and_time_only(token):
    with pytest.raises(InvalidToken):
        use(token, TokenPurpose.RESET_PASSWORD)
    with pytest.raises(InvalidToken):
        use(token, after=timedelta(minutes=30))
    assert use(token, after=timedelta(minutes=29, seconds=59))


def test_a_token_depends_on_the_secret():
    assert token_text(7, SECRET) != token_text(7, SECRET + "x")
    assert token_text(7, SECRET) != token_text(8, SECRET)
    assert len(token_text(7, SECRET)) == 43
