"""One key, one effect."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from airbnb.domain import clock
from airbnb.models.notifications import Notification
from airbnb.models.platform import IdempotencyKey
from airbnb.queries.idempotency import (
    ANSWER_KEPT,
    LEASE,
    MONEY_KEY_KEPT,
    IdempotencyConflict,
    KeyedRequest,
    attach_resource,
    claim_key,
    forget_key,
)
from airbnb.tasks.idempotency import delete_expired_keys
from airbnb.unit_of_work import in_transaction, reading
from tests import probes


@pytest.fixture
def effects(count_rows):
    """How many effects there are."""
    return lambda: count_rows(Notification)


def make(client, mode="make", key="k1", path="/probes/money", **body):
    return client.post(path, json={"mode": mode, **body}, key=key)


def test_a_repeat_gets_the_first_answer_again(guest, effects):
    first, second = make(guest), make(guest)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert second.headers["Location"] == first.headers["Location"]
    assert second.content_type == first.content_type
    assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")
    assert effects() == 1


def test_fifty_requests_at_once_have_one_effect(guest, effects):
    barrier = threading.Barrier(50)

    def send(number: int) -> list[int]:
        barrier.wait()
        statuses = []
        while 201 not in statuses:
            statuses.append(make(guest).status_code)
            if statuses[-1] != 201:
                time.sleep(0.05)
        return statuses

    with ThreadPoolExecutor(50) as pool:
        statuses = [status for sent in pool.map(send, range(50)) for status in sent]

    assert effects() == 1
    assert set(statuses) <= {201, 409}
    assert statuses.count(201) == 50


def test_the_order_of_members_makes_no_other_request(guest, effects):
    first = guest.post("/probes/money", data=b'{"mode": "make", "note": "a"}', **as_json())
    second = guest.post("/probes/money", data=b'{ "note":"a", "mode":"make" }', **as_json())

    assert second.headers["Idempotent-Replayed"] == "true"
    assert (first.data, effects()) == (second.data, 1)


def as_json():
    return {"content_type": "application/json", "key": "k1"}


def test_a_key_with_another_body_or_path_is_refused(guest, effects):
    make(guest)

    other_body = make(guest, note="other")
    other_path = make(guest, path="/probes/plain")

    for answer in (other_body, other_path):
        assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")
    assert effects() == 1


def test_another_user_may_have_the_same_key(guest, host, effects):
    first, second = make(guest), make(host)

    assert first.json["id"] != second.json["id"]
    assert effects() == 2


def test_while_the_first_request_runs_a_repeat_is_told_to_wait(guest, effects):
    probes.arrived.clear()
    probes.go_on.clear()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(make, guest, "wait")
        assert probes.arrived.wait(10)
        meanwhile = make(guest, "wait")
        probes.go_on.set()
        first = running.result()

    assert (meanwhile.status_code, meanwhile.json["code"]) == (409, "idempotency_conflict")
    assert 1 <= int(meanwhile.headers["Retry-After"]) <= LEASE.total_seconds()
    assert first.status_code == 201
    assert make(guest, "wait").headers["Idempotent-Replayed"] == "true"
    assert effects() == 1


def test_a_refusal_is_not_stored_and_the_key_is_free_again(guest, effects, count_rows):
    refused = make(guest, "refuse")
    assert (refused.status_code, count_rows(IdempotencyKey), effects()) == (409, 0, 0)

    assert make(guest).status_code == 201


def test_a_bad_body_does_not_spend_the_key(guest, count_rows):
    assert guest.post("/probes/money", json={"surprise": 1}, key="k1").status_code == 422
    assert guest.post("/probes/money", data=b"{", **as_json()).status_code == 400
    assert count_rows(IdempotencyKey) == 0
    assert make(guest).status_code == 201


def test_a_crash_before_anything_was_written_can_be_repeated_at_once(guest, effects):
    crashed = make(guest, "crash")
    again = make(guest, "crash")

    assert (crashed.status_code, again.status_code, effects()) == (500, 500, 0)


@pytest.mark.parametrize("mode, status", [("crash_after", 500), ("unknown", 503)])
def test_a_repeat_after_a_late_failure_resumes_what_was_made(guest, effects, mode, status):
    failed = make(guest, mode)
    resumed = make(guest, mode)

    assert (failed.status_code, resumed.status_code) == (status, 201)
    assert effects() == 1
    assert make(guest, mode).headers["Idempotent-Replayed"] == "true"


def test_a_dead_lease_is_taken_over(app, guest, effects, freeze, monkeypatch):
    """The first process dies after its commit: nothing releases the lease or stores the answer."""
    monkeypatch.setattr("airbnb.blueprints.http.idempotency._release", lambda claim: None)
    make(guest, "crash_after")
    now = clock.now()

    early = make(guest, "crash_after")
    freeze(now + LEASE + timedelta(seconds=1))
    late = make(guest, "crash_after")

    assert (early.status_code, late.status_code) == (409, 201)
    assert effects() == 1


def test_of_many_who_take_a_dead_lease_over_one_wins(app, guest, freeze, monkeypatch, effects):
    monkeypatch.setattr("airbnb.blueprints.http.idempotency._release", lambda claim: None)
    make(guest, "crash")
    freeze(clock.now() + LEASE + timedelta(seconds=1))
    barrier = threading.Barrier(8)

    def take_over(number: int) -> int:
        barrier.wait()
        return make(guest, "crash").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(take_over, range(8)))

    assert statuses == [409] * 7 + [500]
    assert effects() == 0


def test_after_a_day_a_money_key_is_still_known(guest, effects, freeze):
    make(guest)
    freeze(clock.now() + ANSWER_KEPT)
    delete_expired_keys.run()

    late = make(guest)

    assert (late.status_code, late.json["code"]) == (409, "idempotency_key_expired")
    assert effects() == 1


def test_after_a_month_a_money_key_is_forgotten(guest, effects, freeze, count_rows):
    make(guest)
    freeze(clock.now() + MONEY_KEY_KEPT)
    delete_expired_keys.run()

    assert count_rows(IdempotencyKey) == 0


def test_after_a_day_a_plain_key_may_be_used_again(guest, effects, freeze):
    first = make(guest, path="/probes/plain")
    now = clock.now()
    freeze(now + ANSWER_KEPT)

    second = make(guest, path="/probes/plain")

    assert first.json["id"] != second.json["id"]
    assert "Idempotent-Replayed" not in second.headers


def test_the_clean_up_leaves_live_keys(guest, count_rows):
    make(guest)
    delete_expired_keys.run()

    assert count_rows(IdempotencyKey) == 1


def test_a_route_that_moves_money_needs_a_key(guest, effects):
    answer = guest.post("/probes/money", json={})

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_required")
    assert effects() == 0


def test_another_route_does_without(guest, effects):
    assert guest.post("/probes/plain", json={}).status_code == 201
    assert guest.post("/probes/plain", json={}).status_code == 201
    assert effects() == 2


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, "a\tb"])
@pytest.mark.parametrize("path", ["/probes/money", "/probes/plain"])
def test_a_key_of_another_shape_is_refused(guest, effects, key, path):
    answer = make(guest, key=key, path=path)

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_invalid")
    assert effects() == 0


def test_the_longest_key_fits(guest):
    assert make(guest, key="~" * 255).status_code == 201
    assert make(guest, key="~" * 255).headers["Idempotent-Replayed"] == "true"


def test_somebody_who_is_not_signed_in_leaves_no_key(client, count_rows):
    answer = client.post("/api/v1/probes/money", json={}, headers={"Idempotency-Key": "k1"})

    assert answer.status_code == 401
    assert count_rows(IdempotencyKey) == 0


def test_a_request_that_lost_its_lease_has_no_effect_any_more(guest, effects, freeze):
    """The first process sleeps for a minute; the repeat takes over, and both wake up."""
    probes.arrived.clear()
    probes.go_on.clear()
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(make, guest, "wait")
        assert probes.arrived.wait(10)
        probes.arrived.clear()
        freeze(clock.now() + LEASE + timedelta(seconds=1))
        second = pool.submit(make, guest, "wait")
        assert probes.arrived.wait(10)
        probes.go_on.set()
        statuses = [slow.result().status_code, second.result().status_code]

    assert (statuses, effects()) == ([409, 201], 1)
    assert make(guest, "wait").headers["Idempotent-Replayed"] == "true"


def test_a_refusal_that_comes_too_late_leaves_the_key_to_its_new_holder(app, guest):
    keyed = KeyedRequest(user_id=guest.user.id, key="k1", fingerprint="f", route="probes", money=True)
    now = clock.now()
    slow = in_transaction(partial(claim_key, keyed=keyed, now=now))
    later = now + LEASE + timedelta(seconds=1)
    in_transaction(partial(claim_key, keyed=keyed, now=later))

    in_transaction(partial(forget_key, claim=slow, now=later))

    with pytest.raises(IdempotencyConflict):
        in_transaction(partial(claim_key, keyed=keyed, now=later))


def test_a_take_over_that_read_too_early_is_refused(app, guest):
    """Between its look at the key and its claim, the first holder made the resource."""
    keyed = KeyedRequest(user_id=guest.user.id, key="k1", fingerprint="f", route="probes", money=True)
    now = clock.now()
    claim = in_transaction(partial(claim_key, keyed=keyed, now=now))
    with reading() as session:
        read_early = session.get_one(IdempotencyKey, (guest.user.id, "k1"))
    in_transaction(partial(attach_resource, claim=claim, resource_type="bookings", resource_id=1))

    def take_over(session):
        stale = session.merge(read_early, load=False)
        assert stale.resource_id is None
        return claim_key(session, keyed, now=now + LEASE)

    with pytest.raises(IdempotencyConflict):
        in_transaction(take_over)
    assert in_transaction(partial(claim_key, keyed=keyed, now=now + LEASE)).resource_id == 1
