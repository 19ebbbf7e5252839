"""Generated requests against the whole OpenAPI document: no server error, and no answer that it does not describe."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from airbnb.domain.kinds import Role

#: A bounded run for every change; the long form has a target of its own.
EXAMPLES = 8
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


@pytest.fixture
def schema(app: Flask) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


def _broken_promises(schema: Any, headers: dict[str, str]) -> dict[str, str]:
    """Send generated requests to every operation; return what went wrong by operation."""
    wrong = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        if (operation.method.upper(), operation.path) in LEFT_OUT:
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def keeps_its_promises(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        try:
            keeps_its_promises()
        except (FailureGroup, Exception) as failure:
            wrong[operation.label] = str(failure)[:2_000]
    return wrong


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", [None, Role.GUEST, Role.HOST, Role.ADMIN])
def test_generated_requests_get_documented_answers(
    schema: Any, make_listing: Callable[..., Any], make_client: Callable[..., Any], role: Role | None
):
    caller = make_client(Role.HOST if role is None else role)
    make_listing(host=caller.user)
    headers = {} if role is None else {"Authorization": f"Bearer {caller.token}"}

    assert _broken_promises(schema, headers) == {}
