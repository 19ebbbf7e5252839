"""Everything that staff may do to a row, done as they do it: found at the row, looked at, given a reason, done."""

import re
from dataclasses import replace
from typing import Any

import pytest

from airbnb.models.platform import AuditEntry
from tests.api.access_table.dashboard import ACTIONS
from tests.browser.scenes import SCENES, Scene

WHY = "They called us, and we looked"
DONE = re.compile("/do/")


@pytest.fixture
def low_limit(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every amount need a second person."""
    settings = replace(app.extensions["airbnb_settings"], approval_above_minor=0)
    monkeypatch.setitem(app.extensions, "airbnb_settings", settings)


def fill(page: Any, scene: Scene) -> None:
    """Answer all that the form asks; ``#1`` is the second of what a list offers."""
    page.locator("[name=reason]").fill(WHY)
    for name, answer in scene.answers.items():
        place = page.locator(f"[name={name}]")
        if answer.startswith("#"):
            place.select_option(index=int(answer[1:]))
        else:
            place.select_option(answer)


def test_every_action_has_a_scene():
    assert set(SCENES) == set(ACTIONS)


@pytest.mark.parametrize("name", sorted(SCENES))
def test_it_is_found_at_its_row_looked_at_done_and_written_down(name, request, visit, sign_in, count_rows):
    scene = SCENES[name](request.getfixturevalue)
    view, action = name.split("/")
    with visit() as visitor:
        page = visitor.page
        sign_in(visitor, scene.role)
        visitor.open(f"/{view}/details/?id={scene.row_id}")
        page.locator(f"a[href*='/{scene.row_id}/do/{action}']").first.click()
        page.wait_for_url(DONE)
        assert visitor.grave_faults() == []
        assert not visitor.is_too_wide()
        assert count_rows(AuditEntry, AuditEntry.reason == WHY) == 0
        fill(page, scene)
        look = page.get_by_role("button", name="Show what happens")
        if look.count():
            look.click()
            page.wait_for_selector("text=What happens")
            assert visitor.grave_faults() == []
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_selector(".alert-success")
        assert visitor.grave_faults() == []
        assert visitor.complaints == []

    assert count_rows(AuditEntry, AuditEntry.reason == WHY) >= 1
