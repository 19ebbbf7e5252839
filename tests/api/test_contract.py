"""Generated requests against the whole OpenAPI document: no server error, and no answer that it does not describe.

``API_CASES`` says how many requests each role makes; a good half of them follow one another, each made from what
earlier answers held. Unset, a bounded run that is the same every time.
"""

import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from airbnb.domain.kinds import Role
from tests.settings import API_CASES

#: Of each operation, in the bounded run.
EXAMPLES = 8
#: Chains of requests in the bounded run, and how long one may get.
CHAINS = 12
CHAIN_LENGTH = 8
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
#: Ending the session that the test itself needs would only test 401 from then on.
LEFT_OUT = {
    ("GET", "/api/v1/notifications/stream"),  # an answer that does not end by itself
    ("POST", "/api/v1/auth/logout"),
    ("DELETE", "/api/v1/auth/sessions/{session_id}"),
    ("DELETE", "/api/v1/users/me"),
}
ROLES = [None, Role.GUEST, Role.HOST, Role.ADMIN]
HOW = settings(
    deadline=None,
    database=None,
    derandomize=not API_CASES,
    print_blob=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def schema(app: Flask) -> Any:
    whole = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for method, path in LEFT_OUT:
        whole = whole.exclude(method=method, path=path)
    return whole


@pytest.fixture
def headers_of(make_listing: Callable[..., Any], make_client: Callable[..., Any]) -> Callable[..., dict[str, str]]:
    """Return the headers of somebody with a role; there is a listing to find in any case."""

    def make(role: Role | None) -> dict[str, str]:
        caller = make_client(Role.HOST if role is None else role)
        make_listing(host=caller.user)
        return {} if role is None else {"Authorization": f"Bearer {caller.token}"}

    return make


def _broken_promises(schema: Any, headers: dict[str, str], examples: int) -> tuple[int, dict[str, str]]:
    """Send generated requests to every operation; return how many, and what went wrong by operation."""
    sent: Counter[None] = Counter()
    wrong = {}
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(HOW, max_examples=examples)
        @given(case=operation.as_strategy())
        def keeps_its_promises(case: Any) -> None:
            sent[None] += 1
            case.call_and_validate(headers=headers, checks=CHECKS)

        try:
            keeps_its_promises()
        except (FailureGroup, Exception) as failure:
            wrong[operation.label] = str(failure)[:2_000]
    return sent.total(), wrong


@pytest.mark.slow
@pytest.mark.timeout(0 if API_CASES else 600)
@pytest.mark.parametrize("role", ROLES)
def test_case_49_generated_requests_get_documented_answers(
    schema: Any, headers_of: Callable[..., Any], role: Role | None
):
    operations = len(list(schema.get_all_operations()))
    examples = max(EXAMPLES, API_CASES // 2 // operations + 1)

    sent, wrong = _broken_promises(schema, headers_of(role), examples)

    print(f"{role or 'nobody'}: {sent} requests to {operations} operations")  # noqa: T201 - the figures, shown by -s
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.timeout(0 if API_CASES else 600)
@pytest.mark.parametrize("role", ROLES)
def test_case_49_requests_made_from_earlier_answers_get_documented_answers(
    schema: Any, headers_of: Callable[..., Any], role: Role | None
):
    headers = headers_of(role)
    wrong: dict[str, str] = {}

    class Chain(schema.as_state_machine()):  # type: ignore[misc]
        sent: ClassVar[Counter[int]] = Counter()

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": headers}

        def after_call(self, response: Any, case: Any) -> None:
            super().after_call(response, case)
            self.sent[response.status_code] += 1

        def validate_response(self, response: Any, case: Any, **kwargs: Any) -> None:
            try:
                case.validate_response(response, checks=CHECKS)
            except FailureGroup as failure:  # kept, not raised: a chain can't be replayed, as what it made is there
                wrong[case.operation.label] = "\n".join(map(str, failure.exceptions))[:2_000]

    turn = 0
    # More than half: an operation that takes few different requests is not sent its share of the others.
    while Chain.sent.total() < max(API_CASES * 6 // 10, CHAINS):
        with suppress(FlakyStrategyDefinition):  # for the same reason
            seed(secrets.randbits(64) if API_CASES else turn)(Chain).run(
                settings=settings(HOW, max_examples=CHAINS, stateful_step_count=CHAIN_LENGTH)
            )
        turn += 1

    figures = f"{Chain.sent.total()} requests, answers by status: {dict(sorted(Chain.sent.items()))}"
    print(f"{role or 'nobody'}: {figures}")  # noqa: T201 - the figures, shown by -s
    assert wrong == {}
    assert any(status < 300 for status in Chain.sent)
