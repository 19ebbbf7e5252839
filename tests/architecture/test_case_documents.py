"""docs/security.md and docs/reliability.md name tests that exist, for every case that they speak of."""

import re
from functools import cache

from tests.architecture.guards import ROOT, sources

FAULTS = (ROOT / "docs" / "reliability.md").read_text()
FAULT_CASES = {*range(1, 21), *range(25, 30), *range(31, 37), *range(61, 64), *range(65, 68)}
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
CASES = {*range(21, 25), *range(37, 49), *range(49, 61), 64}
ROW = re.compile(r"^\| (\d+) \| [^|]+ \| (.+) \|$", re.MULTILINE)


@cache
def existing() -> set[str]:
    """Return the names of all tests."""
    return {name for source in sources("tests") for name in re.findall(r"^ *def (test_\w+)", source.text, re.MULTILINE)}


def test_every_case_has_a_row_with_tests_that_exist():
    rows = {int(case): re.findall(r"`(\w+)`", tests) for case, tests in ROW.findall(DOCUMENT)}

    assert set(rows) == CASES
    assert {case: sorted(set(named) - existing()) for case, named in rows.items() if set(named) - existing()} == {}
    assert [case for case, named in rows.items() if not named] == []


def test_every_case_of_faults_has_a_row_with_tests_that_exist():
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| [^|]*\| (.+) \|$", FAULTS, re.MULTILINE)
    named = {int(case): set(re.findall(r"`(\w+)`", tests)) for case, tests in rows}

    assert named.keys() >= FAULT_CASES
    assert {case: tests - existing() for case, tests in named.items() if tests - existing() or not tests} == {}


def test_every_numbered_test_belongs_to_a_case_of_the_document():
    numbered = {int(number) for name in existing() for number in re.findall(r"^test_case_(\d+)_", name)}

    assert CASES - {44} <= numbered


def test_every_risk_of_the_owasp_list_has_three_tests_that_exist():
    rows = re.findall(r"^\| (API\d+) [^|]+ \| [\d, to]+ \| (.+) \|$", DOCUMENT, re.MULTILINE)
    named = {risk: set(re.findall(r"`(\w+)`", tests)) for risk, tests in rows}

    assert list(named) == [f"API{number}" for number in range(1, 11)]
    assert {risk: tests - existing() for risk, tests in named.items() if tests - existing() or len(tests) < 3} == {}


def test_every_section_of_the_asvs_names_tests_that_exist():
    rows = re.findall(r"^\| (V\d+\.[^|]+) \| [^|]+ \| (.+) \|$", DOCUMENT, re.MULTILINE)
    named = {section: set(re.findall(r"`(\w+)`", tests)) for section, tests in rows}
    chapters = {int(number) for section, _ in rows for number in re.findall(r"V(\d+)\.", section)}

    assert chapters == set(range(1, 17))
    assert {section: tests - existing() for section, tests in named.items() if tests - existing() or not tests} == {}
