"""A local stand-in for Cloudinary, after its documented HTTP API: raw assets, signatures, basic authentication.

Source: https://cloudinary.com/documentation/image_upload_api_reference, …/admin_api, …/authentication_signatures.
"""

import contextlib
import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

CLOUD, API_KEY, API_SECRET = "Test-Cloud", "123456789012345", "a-secret-of-cloudinary"
BASE = f"/v1_1/{CLOUD}"
UNSIGNED = {"file", "signature", "api_key", "cloud_name", "resource_type"}
SIGNATURE_LIFETIME_S = 3_600


@dataclass
class Asset:
    """One stored file."""

    data: bytes
    context: dict[str, str]
    created_at: datetime


@dataclass
class Cloudinary:
    """The running stand-in: ``assets`` by delivery type and public id; ``fail`` lets every call end that way."""

    url: str
    assets: dict[tuple[str, str], Asset] = field(default_factory=dict)
    fail: int | None = None
    delay_s: float = 0.0


class Refused(Exception):
    """The API answers with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def signature_of(params: dict[str, str]) -> str:
    """Sign parameters as documented: sorted, joined, the secret behind them."""
    pairs = sorted(f"{name}={value}".replace("&", "%26") for name, value in params.items() if name not in UNSIGNED)
    return hashlib.sha1(("&".join(pairs) + API_SECRET).encode()).hexdigest()


def check_signature(params: dict[str, str]) -> None:
    if params.get("api_key") != API_KEY:
        raise Refused(401, "Invalid api_key")
    if not hmac.compare_digest(params.get("signature", ""), signature_of(params)):
        raise Refused(401, "Invalid Signature")
    if not -SIGNATURE_LIFETIME_S < time.time() - int(params["timestamp"]) < SIGNATURE_LIFETIME_S:
        raise Refused(400, "Stale request - reported time is more than 1 hour ago")


def check_basic() -> None:
    given = request.authorization
    if given is None or (given.username, given.password) != (API_KEY, API_SECRET):
        raise Refused(401, "unknown api_key")


def make_app(state: Cloudinary) -> Flask:
    """Return the API as an app."""
    app = Flask("cloudinary-stand-in")
    add_upload_api(app, state)
    add_admin_api(app, state)

    @app.before_request
    def misbehave() -> Any:
        time.sleep(state.delay_s)
        if state.fail is not None:
            return {"error": {"message": "something is wrong"}}, state.fail
        return None

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Any:
        return {"error": {"message": str(error)}}, error.status

    return app


def add_upload_api(app: Flask, state: Cloudinary) -> None:
    """Add what is signed call by call."""

    @app.post(f"{BASE}/raw/upload")
    def upload() -> Any:
        params = request.form.to_dict()
        check_signature(params)
        file = request.files.get("file")
        data = file.read() if file else b""
        if not data:
            raise Refused(400, "Missing required parameter - file" if file is None else "Empty file")
        kind, name = params.get("type", "upload"), params["public_id"]
        context = dict(pair.split("=", 1) for pair in params.get("context", "").split("|") if pair)
        state.assets[kind, name] = Asset(data, context, datetime.now(UTC))
        return described(kind, name, state.assets[kind, name])

    @app.post(f"{BASE}/raw/destroy")
    def destroy() -> Any:
        params = request.form.to_dict()
        check_signature(params)
        gone = state.assets.pop((params.get("type", "upload"), params["public_id"]), None)
        return {"result": "ok" if gone else "not found"}

    @app.get(f"{BASE}/raw/download")
    def download() -> Any:
        params = request.args.to_dict()
        check_signature(params)
        asset = state.assets.get((params.get("type", "upload"), params["public_id"]))
        if asset is None:
            raise Refused(404, "Resource not found")
        return Response(asset.data, mimetype="application/octet-stream")


def add_admin_api(app: Flask, state: Cloudinary) -> None:
    """Add what takes key and secret as a password."""

    @app.get(f"{BASE}/resources/raw/<kind>/<path:name>")
    def show(kind: str, name: str) -> Any:
        check_basic()
        asset = state.assets.get((kind, name))
        if asset is None:
            raise Refused(404, f"Resource not found - {name}")
        return {**described(kind, name, asset), "context": {"custom": asset.context}}

    @app.get(f"{BASE}/resources/raw/<kind>")
    def listed(kind: str) -> Any:
        check_basic()
        prefix, start = request.args.get("prefix", ""), int(request.args.get("next_cursor", 0))
        end = start + int(request.args.get("max_results", 10))
        names = sorted(name for one_kind, name in state.assets if one_kind == kind and name.startswith(prefix))
        page: dict[str, Any] = {
            "resources": [described(kind, name, state.assets[kind, name]) for name in names[start:end]]
        }
        return jsonify({**page, "next_cursor": str(end)} if end < len(names) else page)


def described(kind: str, name: str, asset: Asset) -> dict[str, Any]:
    return {
        "public_id": name,
        "resource_type": "raw",
        "type": kind,
        "bytes": len(asset.data),
        "created_at": asset.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "version": int(asset.created_at.timestamp()),
        "secure_url": f"https://res.cloudinary.com/{CLOUD}/raw/{kind}/{name}",
    }


@contextlib.contextmanager
def running_cloudinary() -> Iterator[Cloudinary]:
    """Serve the stand-in on a free port."""
    state = Cloudinary(url="")
    server = make_server("127.0.0.1", 0, make_app(state), threaded=True)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
