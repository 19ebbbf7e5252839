"""What is kept of a check: an ended session is over at once, with the store, without it, and whatever fails between."""

import json
import time
from datetime import timedelta

import pytest

from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.domain.kinds import Role
from airbnb.models.users import UserRole, UserSession
from airbnb.queries import identity_cache
from airbnb.queries.identity import find_identity
from airbnb.queries.identity_cache import recall, remember
from airbnb.queries.sessions import end_session
from airbnb.services.moderation import suspend_user
from airbnb.unit_of_work import in_transaction, reading
from tests.api.test_errors import assert_problem


@pytest.fixture(params=["with the store", "without it", "with a store that hangs"])
def memory(request):
    """The three ways in which the shared store can be."""
    if request.param != "without it":
        server = request.getfixturevalue("app_on_redis")
        if request.param == "with a store that hangs":
            server.hang()
    return request.param


def test_a_signed_in_request_makes_two_trips_and_no_query(app_on_redis, guest, count_trips, count_statements):
    guest.get("/auth/sessions")
    count_statements.clear()
    count_trips()

    assert guest.get("/probes/forbidden").status_code == 403

    assert count_trips() == 2  # the limit, and who it is
    assert count_statements == []


def test_a_stranger_makes_one_trip(app_on_redis, client, count_trips):
    client.get("/api/v1/config")
    count_trips()

    client.get("/api/v1/config")

    assert count_trips() == 1


def test_case_42_an_ended_session_is_over_at_once(memory, guest, client_for):
    other = client_for(guest.user)
    assert [one.get("/users/me").status_code for one in (guest, other, guest, other)] == [200] * 4

    assert guest.delete(f"/auth/sessions/{other.session.id}").status_code == 204

    assert_problem(other.get("/users/me"), 401, "unauthenticated")
    assert guest.get("/users/me").status_code == 200
    assert guest.post("/auth/logout").status_code == 204
    assert_problem(guest.get("/users/me"), 401, "unauthenticated")


def test_case_42_a_suspension_is_felt_at_once(memory, guest, make_user):
    staff = make_user(roles=(Role.SUPPORT,))
    assert guest.get("/users/me").status_code == 200

    in_transaction(lambda rows: suspend_user(rows, guest.user.id, cause=by_staff(staff.id, now=clock.now())))

    assert guest.get("/users/me").status_code == 401


def test_case_42_a_role_that_is_taken_or_given_counts_at_once(memory, make_client):
    staff = make_client(Role.ADMIN)
    assert staff.get("/probes/forbidden").status_code == 204

    def drop(rows):
        rows.delete(rows.get_one(UserRole, (staff.user.id, Role.ADMIN)))

    in_transaction(drop)
    assert staff.get("/probes/forbidden").status_code == 403
    in_transaction(lambda rows: rows.add(UserRole(user_id=staff.user.id, role=Role.ADMIN)))
    assert staff.get("/probes/forbidden").status_code == 204


def test_a_proved_address_counts_at_once(memory, make_client):
    guest = make_client(verified=False)
    assert guest.get("/probes/verified").status_code == 403

    def prove(rows):
        rows.merge(guest.user).email_verified_at = clock.now()

    in_transaction(prove)
    assert guest.get("/probes/verified").status_code == 204


def found(guest):
    with reading() as rows:
        return find_identity(rows, session_id=guest.session.id, user_id=guest.user.id)


def known(guest):
    return recall(session_id=guest.session.id, user_id=guest.user.id)


def end(guest):
    in_transaction(lambda rows: end_session(rows, guest.session.id, user_id=guest.user.id, now=clock.now()))


def test_a_slow_reader_does_not_bring_an_ended_session_back(app_on_redis, guest):
    version, live = known(guest).version, found(guest)
    assert version is not None
    assert live is not None

    end(guest)
    remember(live, version)

    assert known(guest).identity is None
    assert_problem(guest.get("/users/me"), 401, "unauthenticated")


def test_nor_does_it_when_the_mark_of_the_end_is_gone(app_on_redis, guest, monkeypatch):
    monkeypatch.setattr(identity_cache, "CLOSED_TTL_S", 1)
    version, live = known(guest).version, found(guest)
    end(guest)
    remember(live, version)
    time.sleep(1.1)

    assert known(guest).identity is None
    assert known(guest).version not in (None, version)


def test_while_the_mark_stands_nothing_is_stored(app_on_redis, guest):
    end(guest)

    assert known(guest) == (None, None)


def test_an_end_that_does_not_commit_costs_queries_and_nothing_else(app_on_redis, guest):
    guest.get("/users/me")

    def fail(rows):
        end_session(rows, guest.session.id, user_id=guest.user.id, now=clock.now())
        raise KeyError

    with pytest.raises(KeyError):
        in_transaction(fail)
    assert guest.get("/users/me").status_code == 200


def test_a_process_that_dies_between_mark_and_commit_leaves_nothing_wrong(app_on_redis, guest):
    guest.get("/users/me")
    identity_cache.forget([guest.user.id])  # and then nothing

    assert known(guest) == (None, None)
    assert guest.get("/users/me").status_code == 200


def test_an_end_during_an_outage_is_told_when_the_store_is_back(app_on_redis, app, guest, monkeypatch):
    assert guest.get("/users/me").status_code == 200
    assert known(guest).identity is not None
    app_on_redis.hang()
    end(guest)
    app_on_redis.wake()
    monkeypatch.setattr(app.extensions["airbnb_shared_store"], "_rests_until", 0.0)

    assert_problem(guest.get("/users/me"), 401, "unauthenticated")


def test_an_entry_of_another_user_or_release_is_not_believed(app_on_redis, app, guest, host):
    guest.get("/users/me")
    assert recall(session_id=guest.session.id, user_id=host.user.id).identity is None

    version = known(guest).version
    odd = json.dumps(
        {
            "version": version.decode(),
            "roles": [],
            "status": "active",
            "rank": 7,
            **{"user_id": guest.user.id, "session_id": guest.session.id},
        }
    )
    app.extensions["airbnb_shared_store"].ask(lambda client: client.set(f"identity:session:{guest.session.id}", odd))
    assert known(guest).identity is None
    assert guest.get("/users/me").status_code == 200


def test_a_session_past_its_time_is_not_live_in_the_store(app_on_redis, guest, freeze):
    guest.get("/users/me")
    assert known(guest).identity is not None

    freeze(clock.now() + timedelta(days=40))

    assert known(guest).identity is None


def test_updates_of_sessions_through_the_orm_are_noticed(app_on_redis, guest):
    guest.get("/users/me")

    def end_by_hand(rows):
        rows.get_one(UserSession, guest.session.id).revoked_at = clock.now()

    in_transaction(end_by_hand)

    assert_problem(guest.get("/users/me"), 401, "unauthenticated")
