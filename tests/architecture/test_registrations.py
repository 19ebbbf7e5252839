"""What is named somewhere exists: tasks of the schedule and of topics, and who may call each route."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask

import airbnb.tasks.registry
from airbnb.blueprints.registry import PLAIN_BLUEPRINTS
from airbnb.domain.jobs import JOBS
from airbnb.domain.topics import Topic
from airbnb.extensions import celery
from airbnb.tasks.topics import HANDLERS
from tests.architecture.guards import ROOT, Source, sources

#: These only name or list the topics.
TOPIC_ROOMS = {"airbnb/domain/topics.py", "airbnb/tasks/topics.py"}


def task_names() -> set[str]:
    """Return the tasks that a worker knows."""
    assert airbnb.tasks.registry.TASK_MODULES
    return set(celery.tasks)


def recorded_topics(source: Source) -> set[str]:
    """Return the names of the topics that a file uses."""
    if source.path in TOPIC_ROOMS:
        return set()
    return {
        node.attr
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Topic"
    }


def unguarded_routes(rules: Iterable[Any], views: Mapping[str, Any], plain: set[str]) -> list[str]:
    """Return the routes that do not say who may call them; ``plain`` blueprints are pages and probes for everybody."""
    found = []
    for rule in rules:
        area = rule.endpoint.split(".")[0]
        view = views[rule.endpoint]
        said = hasattr(view, "__access__") or hasattr(getattr(view, "view_class", None), "__access__")
        # The dashboard has a login of its own, which its tests hold every view to.
        free = area in plain or rule.endpoint == "static" or rule.rule.startswith("/admin")
        if not (said or free):
            found.append(f"{rule.rule} ({rule.endpoint})")
    return found


def test_every_job_of_the_schedule_names_a_task():
    assert [job.task for job in JOBS if job.task not in task_names()] == []


def test_a_worker_started_from_its_file_knows_every_task(tmp_path: Path):
    listing = "from celery.app.utils import find_app; print(*find_app('celery_worker').tasks)"
    environment = {**os.environ, "INSTANCE_PATH": str(tmp_path), "APP_ENV": "test", "LOG_LEVEL": "WARNING"}

    done = subprocess.run(
        [sys.executable, "-c", listing], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert task_names() - set(done.stdout.split()) == set()
    assert {job.task for job in JOBS} <= set(done.stdout.split())


def test_every_job_has_a_name_of_its_own():
    assert len({job.name for job in JOBS}) == len(JOBS)


def test_every_handler_of_a_topic_is_a_task():
    assert [name for name in HANDLERS.values() if name not in task_names()] == []


def test_every_topic_that_is_recorded_has_a_handler():
    used = {name for source in sources("airbnb") for name in recorded_topics(source)}

    assert sorted(name for name in used if Topic[name] not in HANDLERS) == []


def test_a_recorded_topic_is_found_in_the_source():
    source = Source.of("outbox.record(session, topic=Topic.MAIL_SEND, subject_id=1)\n")

    assert recorded_topics(source) == {"MAIL_SEND"}


def test_every_route_says_who_may_call_it(migrated_app: Flask):
    plain = {blueprint.name for blueprint in PLAIN_BLUEPRINTS} | {"api-docs"}

    assert unguarded_routes(migrated_app.url_map.iter_rules(), migrated_app.view_functions, plain) == []


def test_a_route_that_does_not_say_it_is_caught():
    rule = SimpleNamespace(rule="/api/v1/secrets", endpoint="secrets.list_secrets")

    def silent() -> None: ...

    def speaking() -> None: ...

    speaking.__access__ = "public"  # type: ignore[attr-defined]  # as the decorators do

    assert unguarded_routes([rule], {rule.endpoint: silent}, {"health"}) == ["/api/v1/secrets (secrets.list_secrets)"]
    assert unguarded_routes([rule], {rule.endpoint: speaking}, {"health"}) == []
