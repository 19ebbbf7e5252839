"""What time does to accounts: what is over is removed, and nothing else."""

from datetime import timedelta

from airbnb.domain import clock
from airbnb.domain.kinds import TokenPurpose
from airbnb.domain.try_limits import SIGN_IN_PAIR
from airbnb.models.account_safety import TryCount
from airbnb.models.users import OneTimeToken, UserSession
from airbnb.services.one_time_tokens import make_token
from airbnb.services.tries import take_try
from airbnb.tasks.accounts import clean_up
from airbnb.unit_of_work import in_transaction


def test_sessions_and_links_go_some_time_after_their_end(app, make_user, client_for, freeze, count_rows):
    user, now = make_user(), clock.now()
    client_for(user)
    live = client_for(user)
    in_transaction(
        lambda session: make_token(
            session, user_id=user.id, purpose=TokenPurpose.VERIFY_EMAIL, secret="s" * 32, now=now
        )
    )
    live.post("/auth/logout")

    freeze(now + timedelta(days=89))
    assert clean_up.run() == 1
    assert [count_rows(model) for model in (OneTimeToken, UserSession)] == [0, 2]
    freeze(now + timedelta(days=91))
    assert clean_up.run() == 1  # the one that was ended; the other expired a month later
    assert count_rows(UserSession, UserSession.revoked_at.is_(None)) == 1


def test_counts_of_tries_go_with_their_window(app, freeze, count_rows):
    now = clock.now()
    in_transaction(lambda session: take_try(session, SIGN_IN_PAIR, "old", now=now - timedelta(minutes=16)))
    in_transaction(lambda session: take_try(session, SIGN_IN_PAIR, "new", now=now))

    assert clean_up.run() == 1
    assert count_rows(TryCount, TryCount.key == "sign_in_pair:new") == 1
    assert clean_up.run() == 0  # once per period


def test_nothing_live_is_removed(guest, count_rows):
    assert clean_up.run() == 0
    assert guest.get("/users/me").status_code == 200
