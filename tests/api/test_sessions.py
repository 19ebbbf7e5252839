"""Where somebody is signed in."""

from airbnb.domain import clock
from airbnb.models.users import UserSession


def test_sessions_are_listed_newest_first_with_the_present_one_marked(client_for, guest):
    newer = client_for(guest.user)

    answer = guest.get("/auth/sessions")

    assert answer.status_code == 200
    assert [row["id"] for row in answer.json["data"]] == [str(newer.session.id), str(guest.session.id)]
    assert [row["current"] for row in answer.json["data"]] == [False, True]
    assert set(answer.json["data"][0]) == {
        "id",
        "kind",
        "current",
        "user_agent",
        "ip",
        "created_at",
        "last_used_at",
        "expires_at",
    }


def test_sessions_are_paged(client_for, guest):
    others = [client_for(guest.user) for _ in range(4)]
    seen, path = [], "/auth/sessions?limit=2"
    while path:
        answer = guest.get(path).json
        seen += [row["id"] for row in answer["data"]]
        cursor = answer["page"]["next_cursor"]
        path = f"/auth/sessions?limit=2&cursor={cursor}" if cursor else None

    assert seen == [str(one.session.id) for one in [*reversed(others), guest]]


def test_a_list_of_sessions_costs_two_statements(client_for, guest, count_statements):
    for _ in range(5):
        client_for(guest.user)
    count_statements.clear()

    guest.get("/auth/sessions")

    assert len(count_statements) == 2  # who is it, and the list


def test_ending_a_session_stops_its_tokens_and_takes_it_off_the_list(client_for, guest):
    other = client_for(guest.user)

    assert guest.delete(f"/auth/sessions/{other.session.id}").status_code == 204
    assert other.get("/users/me").status_code == 401
    assert [row["id"] for row in guest.get("/auth/sessions").json["data"]] == [str(guest.session.id)]


def test_an_ended_session_is_not_there_to_be_ended(client_for, guest):
    other = client_for(guest.user)
    guest.delete(f"/auth/sessions/{other.session.id}")

    assert guest.delete(f"/auth/sessions/{other.session.id}").status_code == 404


def test_sessions_of_others_are_not_found_and_stay(guest, host, count_rows):
    answer = guest.delete(f"/auth/sessions/{host.session.id}")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert count_rows(UserSession, UserSession.revoked_at.is_(None)) == 2
    assert host.get("/users/me").status_code == 200


def test_sessions_past_their_time_are_not_listed(guest, client_for, freeze, settings):
    freeze(clock.now() + settings.refresh_token_lifetime * 2)
    present = client_for(guest.user)

    assert [row["id"] for row in present.get("/auth/sessions").json["data"]] == [str(present.session.id)]
