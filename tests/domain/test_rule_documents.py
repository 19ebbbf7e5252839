"""Every rule document that the code cites is there, with the heading that is named."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CITED = re.compile(r'(docs/rules/[a-z-]+\.md)(?:, "([^"]+)")?')
PAGES = ("prices", "cancellation", "calendar", "booking-life", "money", "payouts", "reviews")


def citations():
    """Yield (page, heading or empty) for what the domain cites of the pages kept beside it."""
    for path in sorted((ROOT / "airbnb" / "domain").rglob("*.py")):
        for page, heading in CITED.findall(path.read_text(encoding="utf-8")):
            if Path(page).stem in PAGES:
                yield page, heading


@pytest.mark.parametrize("page, heading", sorted(set(citations())))
def test_a_cited_rule_is_written_down(page, heading):
    text = (ROOT / page).read_text(encoding="utf-8")

    assert not heading or re.search(rf"^#+ {re.escape(heading)}$", text, flags=re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_a_rule_document_names_tests_that_exist(page):
    text = (ROOT / "docs" / "rules" / f"{page}.md").read_text(encoding="utf-8")

    tests = re.findall(r"tests/domain/\w+\.py", text)

    assert tests
    assert all((ROOT / test).is_file() for test in tests)
