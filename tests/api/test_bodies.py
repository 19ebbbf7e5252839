"""Routes that read no body refuse one, because its sender believes that it says something."""

import json

import pytest

FORMS = [
    ("POST", "/auth/verify-email/resend"),
    ("POST", "/users/me/host"),
    ("POST", "/users/me/exports"),
    ("DELETE", "/users/me/avatar"),
    ("GET", "/users/me"),
]


@pytest.mark.parametrize("method, path", FORMS)
@pytest.mark.parametrize(
    "body", [{"role": "admin"}, [], "yes", 1, {"padding": "x" * 5_000}], ids=lambda body: json.dumps(body)[:20]
)
def test_json_where_none_is_read_is_refused(guest, method, path, body):
    answer = guest.open(method, path, json=body)

    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert answer.json["errors"] == {"body": ["This takes no body."]}


@pytest.mark.parametrize("body", [b"null", b"{", b"{}{}", b'{"a":', b"\xff"])
def test_what_is_no_json_at_all_is_refused_alike(guest, body):
    answer = guest.post("/users/me/host", data=body, content_type="application/json")

    assert answer.status_code == 422


@pytest.mark.parametrize("body", [b"", b"{}", b" {\n} "])
def test_nothing_and_an_empty_object_say_nothing(guest, body):
    answer = guest.post("/users/me/host", data=body, content_type="application/json")

    assert answer.status_code == 200


def test_a_refused_body_changes_nothing(guest):
    guest.post("/users/me/host", json={"role": "admin"})

    assert guest.get("/users/me").json["roles"] == ["guest"]
