"""Starts the product as production does, in a process of its own, and prints what a stranger is answered."""

import json
import sys
from typing import Any

from airbnb.factory import create_app

ORIGIN = "https://stays.example"


def crash() -> None:
    """Fail in a way that nobody expected."""
    raise RuntimeError("a secret detail")


def main() -> None:
    """Call a few addresses and print statuses, headers and bodies as JSON."""
    app = create_app()
    for path in ("/crash", "/api/v1/crash"):
        app.add_url_rule(path, path, crash)
    client = app.test_client()
    answers: dict[str, Any] = {}
    for path in sys.argv[1:]:
        answer = client.get(path, headers={"Origin": ORIGIN})
        answers[path] = {"status": answer.status_code, "headers": dict(answer.headers), "body": answer.text}
    answers["cookies"] = {name: app.config[f"SESSION_COOKIE_{name}"] for name in ("SECURE", "HTTPONLY", "SAMESITE")} | {
        "debug": app.debug,
        "testing": app.testing,
    }
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
