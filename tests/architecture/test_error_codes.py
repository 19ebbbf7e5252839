"""The error table, the documentation and the refusals of the rules name the same codes."""

import re
from pathlib import Path

import airbnb.factory  # noqa: F401 - imports every module that defines a refusal
from airbnb.blueprints.errors import PROBLEMS
from airbnb.domain.errors import DomainError

DOCUMENT = Path("docs/api-errors.md")


def _refusals(kind: type[DomainError]) -> set[type[DomainError]]:
    return {kind}.union(*(_refusals(child) for child in kind.__subclasses__()))


def test_every_refusal_has_a_row_in_the_error_table():
    codes = {kind.__name__: kind.code for kind in _refusals(DomainError) if "code" in vars(kind)}

    assert {name: code for name, code in codes.items() if code not in PROBLEMS} == {}


def test_the_document_lists_every_code_with_its_status_and_an_explanation():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\S.*) \|$", DOCUMENT.read_text(), re.MULTILINE)

    assert {code: int(status) for code, status, _ in rows} == {c: p.status for c, p in PROBLEMS.items()}
