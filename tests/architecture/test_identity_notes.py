"""Every UPDATE that bypasses the ORM and changes what somebody may do tells the store of live sessions."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.guards import Source, sources

#: What an identity is made of.
MODELS = {"User", "UserRole", "UserSession", "TotpFactor"}
#: These change nothing that an identity holds, or rows whose sessions are over.
HARMLESS = {
    "swap_refresh_hash": "the session lives on, longer",
    "delete_old_sessions": "they ended long ago",
    "use_step": "a code that was used up",
    "log_in": "the same password, hashed better",
}


def silent_changes(source: Source) -> Iterator[str]:
    """Yield the functions that update or delete identities in bulk and do not say so."""
    outer = [node for node in source.tree.body if isinstance(node, ast.FunctionDef)]
    for function in outer:
        if function.name in HARMLESS:
            continue
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        changes = any(
            call.func.id in ("update", "delete") and isinstance(call.args[0], ast.Name) and call.args[0].id in MODELS
            for call in calls
            if call.args
        )
        if changes and not any(call.func.id == "note_change" for call in calls):
            yield source.at(function, f"{function.name} changes identities without note_change")


def test_no_bulk_change_of_identities_is_silent():
    assert [complaint for source in sources("airbnb") for complaint in silent_changes(source)] == []


@pytest.mark.parametrize(
    "text",
    [
        "def ban(session):\n    session.execute(update(User).values(status='x'))\n",
        "def out(session):\n    return delete(UserSession).where(True)\n",
    ],
)
def test_a_silent_change_is_caught(text):
    assert len(list(silent_changes(Source.of(text)))) == 1


def test_a_change_that_is_noted_is_left_alone():
    text = "def ban(session):\n    note_change(session, 1)\n    session.execute(update(User).values(status='x'))\n"

    assert list(silent_changes(Source.of(text))) == []
