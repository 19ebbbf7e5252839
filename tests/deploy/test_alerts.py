"""Alert rules and the Grafana dashboard name figures that exist, and each alert has its runbook."""

import json
import re
import subprocess
from dataclasses import replace

import pytest
import yaml

from airbnb.domain.jobs import JOBS
from airbnb.extensions import current_settings
from tests.architecture.guards import ROOT
from tests.servers import find_program

PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = [rule for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
NAMES = {rule["alert"] for rule in RULES}
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
FIGURE = re.compile(r"\bairbnb_[a-z_]+")
#: What the library adds to the name of a histogram or counter.
SUFFIXES = re.compile(r"_(bucket|sum|count|total)$")


@pytest.fixture
def figures(app, client, monkeypatch):
    """Return the name of every figure that ``/metrics`` has, with and without a value."""
    monkeypatch.setitem(app.extensions, "airbnb_settings", replace(current_settings(), metrics_token="t" * 40))
    text = client.get("/metrics", headers={"Authorization": f"Bearer {'t' * 40}"}).text
    return {SUFFIXES.sub("", name) for name in re.findall(r"^# TYPE (\S+)", text, re.M)}


def test_rules_ask_for_figures_that_exist(figures):
    asked = {SUFFIXES.sub("", name) for rule in RULES for name in FIGURE.findall(rule["expr"])}

    assert asked - figures == set()
    assert len(asked) > 15


def test_the_dashboard_shows_figures_that_exist(figures):
    panels = json.loads((ROOT / "deploy" / "grafana" / "stays.json").read_text())["panels"]
    asked = {
        SUFFIXES.sub("", name) for one in panels for target in one["targets"] for name in FIGURE.findall(target["expr"])
    }

    assert asked - figures == set()
    assert len({panel["title"] for panel in panels}) == len(panels) > 10


def test_every_alert_has_one_runbook_and_every_runbook_its_alert():
    runbooks = re.findall(r"^### (\w+)$", OPERATIONS, re.M)

    assert sorted(runbooks) == sorted(NAMES)
    assert len(NAMES) == len(RULES)


def test_every_alert_says_whom_it_wakes_and_what_is_wrong():
    assert {rule["labels"]["severity"] for rule in RULES} == {"page", "ticket"}
    assert all(len(rule["annotations"]["summary"]) > 10 for rule in RULES)


def test_alerts_that_name_a_job_or_an_audit_name_one_that_exists():
    from_rules = {
        name for rule in RULES for names in re.findall(r'job=~?"([a-z|-]+)"', rule["expr"]) for name in names.split("|")
    }

    assert from_rules - {job.name for job in JOBS} == {"airbnb", "backup"}


def test_the_schedule_stands_in_the_page_for_operators():
    rows = re.findall(r"^\| `([a-z-]+)` \|", OPERATIONS, re.M)

    assert rows == [job.name for job in JOBS]


@pytest.mark.skipif(find_program("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
@pytest.mark.parametrize("command", [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]])
def test_promtool_takes_the_rules(command):
    done = subprocess.run([find_program("promtool"), *command], cwd=PROMETHEUS, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
