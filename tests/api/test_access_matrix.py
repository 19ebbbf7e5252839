"""Every route, called by everybody, on things of their own and of others. Case 37.

A new route fails the build until it has a row in ``access_table/``.
"""

import json

from tests.api.access_table import API
from tests.api.access_table.pages import PAGES
from tests.api.access_table.rows import ACTORS, SIGNED_IN
from tests.api.access_world import World

PREFIX = "/api/v1"
AUTOMATIC = {"HEAD", "OPTIONS"}
#: Called for the mechanisms' own tests alone.
TEST_AREAS = {"probes"}


def routes_of(app) -> set[str]:
    """Return method and rule of every route outside the dashboard."""
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in TEST_AREAS or rule.rule.startswith("/admin"):
            continue
        found |= {f"{method} {rule.rule.removeprefix(PREFIX)}" for method in rule.methods - AUTOMATIC}
    return found


def call(world: World, actor: str, row) -> int:
    method, rule = row.route.split(" ", 1)
    path = (row.at or rule).format(**world.ids)
    send = json.loads(json.dumps(row.send or {}))
    return world.call(actor, method, path if row in PAGES else PREFIX + path, send).status_code


def test_case_37_every_route_has_a_row_and_every_row_a_route(app):
    rows = {row.route for row in (*API, *PAGES)}

    assert sorted(routes_of(app) - rows) == [], "these routes have no row in tests/api/access_table"
    assert sorted(rows - routes_of(app)) == [], "these rows have no route"


def test_case_37_everybody_is_answered_as_the_table_says(world, nothing_stays):
    wrong, calls = [], 0
    for row in (*API, *PAGES):
        for actor in ACTORS:
            status = call(world, actor, row)
            calls += 1
            if status not in row.expected(actor):
                wrong.append(f"{row.route} {row.at}, {actor}: {status} instead of {sorted(row.expected(actor))}")

    assert not wrong, "\n".join(wrong)
    assert calls >= len({row.route for row in API}) * len(ACTORS)


def test_case_37_what_is_not_there_is_not_found_for_anybody_who_could_have_it(world, nothing_stays):
    """An id of nobody is answered like somebody else's, so that ids can't be probed."""
    nowhere = dict.fromkeys(world.ids, "4611686018427387904")
    wrong = []
    for row in API:
        if "{" not in row.at or not row.may < SIGNED_IN:
            continue
        method = row.route.split(" ", 1)[0]
        for actor in row.may:
            answer = world.call(actor, method, PREFIX + row.at.format(**nowhere), row.send or {})
            if answer.status_code != 404:
                wrong.append(f"{row.route}, {actor}: {answer.status_code}")

    assert not wrong, "\n".join(wrong)
