"""Migrations are numbered without a gap, named after their revision, follow each other, and the head file is right."""

import ast
import re
from collections.abc import Mapping

import pytest

from tests.architecture.guards import ROOT

#: Alembic's version column holds no more.
LONGEST_NAME = 32


def faults(migrations: Mapping[str, str], head: str) -> list[str]:
    """Return what is wrong with these files (name without ending, text) and the content of migrations/HEAD."""
    found = []
    before = None
    for number, name in enumerate(sorted(migrations), start=1):
        values = assigned_texts(migrations[name])
        if not re.fullmatch(rf"{number:04}_[a-z0-9_]+", name):
            found.append(f"{name} should be {number:04}_ and a name in small letters")
        if len(name) > LONGEST_NAME:
            found.append(f"{name} has more than {LONGEST_NAME} characters")
        if values.get("revision") != name:
            found.append(f"{name} holds the revision {values.get('revision')}")
        if values.get("down_revision") != before:
            found.append(f"{name} should follow {before}")
        if re.search(r"^\s*(from|import) airbnb\b", migrations[name], re.MULTILINE):
            found.append(f"{name} imports the application, which will change")
        before = name
    if head.strip() != before:
        found.append(f"migrations/HEAD should say {before}")
    return found


def assigned_texts(text: str) -> dict[str, str | None]:
    """Return the texts given to names at the top of a module."""
    found: dict[str, str | None] = {}
    for node in ast.parse(text).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
                found[target.id] = value.value
    return found


def test_the_migrations_are_in_order():
    files = {path.stem: path.read_text() for path in (ROOT / "migrations" / "versions").glob("*.py")}

    assert files, "there are no migrations"
    assert faults(files, (ROOT / "migrations" / "HEAD").read_text()) == []


def migration(name: str, before: str | None) -> str:
    return f"revision = {name!r}\ndown_revision = {before!r}\n"


FIRST = {"0001_users": migration("0001_users", None)}


@pytest.mark.parametrize(
    "migrations, head, complaint",
    [
        ({**FIRST, "0003_rest": migration("0003_rest", "0001_users")}, "0003_rest", "should be 0002_"),
        ({**FIRST, "0002_x": migration("0002_y", "0001_users")}, "0002_x", "holds the revision 0002_y"),
        ({**FIRST, "0002_x": migration("0002_x", None)}, "0002_x", "should follow 0001_users"),
        ({**FIRST, "0002_x": migration("0002_x", "0001_users")}, "0001_users", "HEAD should say 0002_x"),
        ({"0001_" + "x" * 30: migration("0001_" + "x" * 30, None)}, "0001_" + "x" * 30, "more than 32"),
        (
            {"0001_users": FIRST["0001_users"] + "from airbnb.models import User\n"},
            "0001_users",
            "imports the application",
        ),
    ],
)
def test_a_bad_migration_is_caught(migrations, head, complaint):
    (fault,) = faults(migrations, head)
    assert complaint in fault
