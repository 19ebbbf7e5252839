"""Pages go on from signed cursors."""

from datetime import UTC, datetime, timedelta

import pytest

from airbnb.models.notifications import Notification
from airbnb.unit_of_work import in_transaction

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def fill(guest):
    """Make rows numbered as given; three share each instant."""

    def make(*numbers: int, kind: str = "effect") -> None:
        rows = [
            Notification(id=number, user_id=guest.user.id, kind=kind, created_at=START + timedelta(hours=number // 3))
            for number in numbers
        ]
        in_transaction(lambda session: session.add_all(rows))

    return make


def walk(client, query: str = "", meanwhile=lambda: None) -> list[int]:
    """Return the numbers on all pages."""
    numbers, cursor = [], ""
    while cursor is not None:
        answer = client.get(f"/probes/effects?limit=4{query}{cursor and '&cursor=' + cursor}")
        assert answer.status_code == 200, answer.json
        numbers += [int(row["id"]) for row in answer.json["data"]]
        cursor = answer.json["page"]["next_cursor"]
        meanwhile()
    return numbers


def next_cursor(client, query: str = "") -> str:
    return str(client.get(f"/probes/effects?limit=4{query}").json["page"]["next_cursor"])


@pytest.mark.parametrize("count", [0, 1, 4, 5, 8, 11])
def test_every_row_comes_once_in_either_direction(guest, fill, count):
    fill(*range(1, count + 1))

    assert walk(guest) == list(range(count, 0, -1))
    assert walk(guest, "&oldest_first=true") == list(range(1, count + 1))


def test_rows_that_come_and_go_repeat_and_lose_no_other(guest, fill):
    fill(*range(2, 40, 2))
    new = iter([99, 98, 97, 96, 95, 94])

    seen = walk(guest, meanwhile=lambda: fill(next(new)))

    assert seen == list(range(38, 0, -2))


def test_a_list_without_a_limit_has_twenty_rows(guest, fill):
    fill(*range(1, 30))

    answer = guest.get("/probes/effects")

    assert (len(answer.json["data"]), answer.json["page"]["limit"]) == (20, 20)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1000000000", "1.5", "many", ""])
def test_a_limit_out_of_range_is_refused(guest, limit):
    answer = guest.get(f"/probes/effects?limit={limit}")

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["limit"])


def test_the_limit_may_change_between_pages(guest, fill):
    fill(*range(1, 11))
    cursor = next_cursor(guest)

    answer = guest.get(f"/probes/effects?limit=100&cursor={cursor}")

    assert [int(row["id"]) for row in answer.json["data"]] == [6, 5, 4, 3, 2, 1]


def test_a_cursor_belongs_to_its_filters_sort_and_list(guest, fill, client_for):
    fill(*range(1, 11))
    cursor = next_cursor(guest)

    answers = [
        guest.get(f"/probes/effects?cursor={cursor}&kind=effect"),
        guest.get(f"/probes/effects?cursor={cursor}&oldest_first=true"),
        guest.get(f"/auth/sessions?cursor={cursor}"),
    ]

    assert [(answer.status_code, answer.json["code"]) for answer in answers] == [(422, "invalid_cursor")] * 3


def test_a_cursor_that_was_altered_is_refused(guest, fill):
    fill(*range(1, 11))
    cursor = next_cursor(guest)
    payload, signature = cursor.rsplit(".", 1)
    altered = [
        cursor[:-1],
        cursor + "x",
        payload,
        "." + signature,
        payload[:-1] + ("A" if payload[-1] != "A" else "B") + "." + signature,
        "x",
        ".",
        "é",
        "W10.x",
    ]

    for bad in altered:
        answer = guest.get("/probes/effects", query_string={"limit": 4, "cursor": bad})
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_cursor"), bad


def test_a_cursor_of_no_or_absurd_length_is_refused(guest):
    for bad in ("", "x" * 2_001):
        answer = guest.get("/probes/effects", query_string={"cursor": bad})
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["cursor"])


def test_a_page_costs_one_statement_besides_the_sign_in(guest, fill, count_statements):
    fill(*range(1, 30))
    cursor = next_cursor(guest)
    count_statements.clear()

    guest.get(f"/probes/effects?limit=4&cursor={cursor}")

    lists = [statement for statement in count_statements if "FROM notifications" in statement]
    assert len(lists) == 1
    assert len(count_statements) <= 2  # the sign-in is one more where no Redis remembers it
