"""A small OAuth 2.0 server that answers as Facebook does: dialog, token endpoint and ``/me``, with PKCE checked."""

import contextlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from markupsafe import escape
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from airbnb.domain.identities import s256

CLIENT_ID = "1234567890"
CLIENT_SECRET = "facebook-app-secret"
POLL_S = 0.01


class Facebook:
    """People by their id; ``person=`` in the dialog's query plays the log-in, ``person=nobody`` the "Not now"."""

    def __init__(self) -> None:
        self.url = ""
        self.people: dict[str, dict[str, Any]] = {}
        self.instead: dict[str, Response] = {}  # what a path answers, whatever is asked
        self.patience_s = 0.0  # how long it thinks before an answer
        self.beside_token: dict[str, str] = {}
        self.dialogs: list[dict[str, str]] = []
        self.tokens_given: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: dict[str, str] = {}

    @Request.application
    def __call__(self, request: Request) -> Response:
        time.sleep(self.patience_s)
        if request.path in self.instead:
            return self.instead[request.path]
        pages = {"/dialog/oauth": self._dialog, "/oauth/access_token": self._token, "/me": self._me}
        page = pages.get(request.path)
        return page(request) if page else Response(status=404)

    def _dialog(self, request: Request) -> Response:
        asked = request.args.to_dict()
        if "person" not in asked:  # a browser that somebody looks at
            links = (
                f'<a href="{escape(request.url)}&amp;person={name}">{name}</a>' for name in (*self.people, "nobody")
            )
            return Response("<br>".join(links), content_type="text/html")
        self.dialogs.append(asked)
        person = asked.pop("person")
        if asked["client_id"] != CLIENT_ID or asked["response_type"] != "code":
            return _refused("Invalid App ID")
        if person == "nobody":
            outcome = {"error": "access_denied", "error_code": "200", "error_reason": "user_denied"}
        else:
            code = secrets.token_urlsafe(24)
            self._codes[code] = {**asked, "person": person}
            outcome = {"code": code}
        query = urlencode({**outcome, "state": asked["state"]})
        return Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{query}#_=_"})

    def _token(self, request: Request) -> Response:
        sent = request.form
        code = self._codes.pop(sent.get("code", ""), None)
        if code is None:
            return _refused("This authorization code has been used.")
        if (sent.get("client_id"), sent.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _refused("Error validating client secret.")
        if sent.get("redirect_uri") != code["redirect_uri"]:
            return _refused("Error validating verification code.")
        if code["code_challenge_method"] != "S256" or s256(sent.get("code_verifier", "")) != code["code_challenge"]:
            return _refused("Invalid code_verifier")
        token = f"EAA{secrets.token_urlsafe(40)}"
        self._tokens[token] = code["person"]
        self.tokens_given.append(token)
        return _json({"access_token": token, "token_type": "bearer", "expires_in": 5_183_944, **self.beside_token})

    def _me(self, request: Request) -> Response:
        person = self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if person is None:
            return _refused("An active access token must be used", status=401)
        known = {"id": person, **self.people[person]}
        return _json({name: known[name] for name in request.args["fields"].split(",") if name in known})


@contextlib.contextmanager
def running_facebook() -> Iterator[Facebook]:
    """Serve a Facebook of one's own on a free port, many requests at once."""
    facebook = Facebook()
    server = make_server("127.0.0.1", 0, facebook, threaded=True)
    facebook.url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True)
    thread.start()
    try:
        yield facebook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json; charset=UTF-8")


def _refused(message: str, status: int = 400) -> Response:
    return _json({"error": {"message": message, "type": "OAuthException", "code": 100}}, status)
