"""What people read and set: no paths of somebody's own machine, and every setting in the example."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.guards import ROOT

DOCUMENTS = [
    "*.md",
    "*.yaml",
    "Makefile",
    "Procfile",
    "Dockerfile",
    ".env.example",
    ".ci/*",
    "docs/**/*",
    "deploy/**/*",
]
LOCAL_PATH = re.compile(
    r"(?<![\w.$}~-])/(?:home|Users)/\w+|(?<![\w.$}~-])/(?:root|work|private/var)/\w+|\b[A-Z]:\\\\?Users\\"
)
SETTING = re.compile(r"^#?\s?([A-Z][A-Z0-9_]+)=", re.MULTILINE)


def documents() -> Iterator[Path]:
    """Yield every file that people read."""
    for pattern in DOCUMENTS:
        yield from (path for path in ROOT.glob(pattern) if path.is_file() and path.suffix not in {".png", ".webp"})


def settings_read(text: str) -> set[str]:
    """Return the names of the variables that a settings module reads."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
            continue
        name = node.args[0].value
        if isinstance(name, str) and re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", name) and len(name) > 3:
            names.add(name)
    return names


def test_no_document_names_a_path_of_somebodys_machine():
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in documents()
        for match in LOCAL_PATH.finditer(path.read_text(errors="replace"))
    ]

    assert found == []


@pytest.mark.parametrize("text", ["see /home/" + "ana/project", "in /Users/" + "ana", "cd /root/" + "project"])
def test_a_local_path_is_caught(text: str):
    assert LOCAL_PATH.search(text)


@pytest.mark.parametrize(
    "text", ["GET /api/v1/users/me", "docs/home/page", "$HOME/work/x", "~/work/x", "https://a.test/home/x"]
)
def test_other_paths_are_left_alone(text: str):
    assert not LOCAL_PATH.search(text)


def test_the_example_names_every_setting():
    example = set(SETTING.findall((ROOT / ".env.example").read_text()))
    read = settings_read((ROOT / "airbnb" / "config" / "loading.py").read_text())

    assert len(read) > 20, "the guard finds no settings"
    assert sorted(read - example) == []


def test_a_setting_that_the_example_leaves_out_is_found():
    assert settings_read('port = reader.integer("PORT", 8000, 1, 65_535)\nurl = reader.text("MAIL_URL", "x")\n') == {
        "PORT",
        "MAIL_URL",
    }
