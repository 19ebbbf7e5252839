"""Handing out tokens: an access token for a session and the refresh token that renews it."""

from typing import Any

from flask import request
from flask_jwt_extended import create_access_token, create_refresh_token

from airbnb.extensions import current_settings
from airbnb.services.sessions import Device
from airbnb.workflows.auth import SignedIn


def token_pair(signed_in: SignedIn) -> dict[str, Any]:
    """Return the members of an answer that carry the tokens of a session."""
    owner, claims = str(signed_in.user.id), {"sid": str(signed_in.session_id)}
    return {
        "access_token": create_access_token(owner, additional_claims=claims),
        "refresh_token": create_refresh_token(owner, additional_claims={**claims, "jti": signed_in.refresh_id}),
        "token_type": "Bearer",
        "expires_in": int(current_settings().access_token_lifetime.total_seconds()),
    }


def this_device() -> Device:
    """Return what the request tells about the device it came from."""
    return Device(user_agent=request.user_agent.string, ip=request.remote_addr or "")
