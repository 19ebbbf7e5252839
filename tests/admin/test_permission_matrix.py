"""Who opens which page of the dashboard and does what there, as docs/rules/permissions.md says; asked over HTTP."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from airbnb.domain.kinds import Role
from airbnb.domain.permissions import RIGHTS, STAFF_ROLES

PAGE = Path(__file__).parents[2] / "docs/rules/permissions.md"
ROW = re.compile(r"^\| `([\w-]+)` \| (.*?) \| (yes|–) \| (yes|–) \| (yes|–) \|$", re.MULTILINE)
ROLES = (Role.SUPPORT, Role.FINANCE, Role.ADMIN)


def told() -> dict[tuple[str, str], tuple[bool, ...]]:
    """Return what the page says: view and action (empty for the list itself) -> what each role may."""
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    return {
        (view, what.strip("`") if what != "open" else ""): tuple(one == "yes" for one in may)
        for view, what, *may in rows
    }


def views_of(app: Flask) -> dict[str, Any]:
    views = app.extensions["admin"][0]._views
    return {view.endpoint.removeprefix("staff_"): view for view in views if view.endpoint.startswith("staff_")}


def test_every_view_and_action_is_on_the_page_and_nothing_else(app: Flask) -> None:
    there = {(name, "") for name in views_of(app)}
    there |= {
        (name, action.name) for name, view in views_of(app).items() for action in getattr(view, "staff_actions", ())
    }

    assert set(told()) == there


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_the_page_says(app: Flask, staff_browser: Any, role: Role) -> None:
    assert set(ROLES) == STAFF_ROLES
    browser = staff_browser(role)

    answers = {name: browser.client.get(f"{view.url}/").status_code for name, view in views_of(app).items()}

    place = ROLES.index(role)
    assert answers == {name: 200 if told()[name, ""][place] else 403 for name in answers}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_does_what_the_page_says(app: Flask, role: Role) -> None:
    place = ROLES.index(role)
    for name, view in views_of(app).items():
        for action in getattr(view, "staff_actions", ()):
            assert (action.permission in RIGHTS[role]) is told()[name, action.name][place], (name, action.name)
