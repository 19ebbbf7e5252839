"""The second factor of whoever is signed in."""

from typing import Any

import qrcode
from qrcode.image.svg import SvgPathImage

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.limits import limited
from airbnb.schemas.second_factors import NewFactorSchema, RemoveFactorSchema, TotpCodeSchema
from airbnb.workflows import second_factors as workflows

bp = Blueprint("second_factors", __name__, url_prefix="/auth/totp", description="The second factor")


@bp.route("/setup", methods=["POST"])
@limited("secret-guess")
@requires()
@bp.response(200, NewFactorSchema)
@bp.alt_response(409, "CONFLICT")
def set_up() -> dict[str, Any]:
    """Make a second factor; it counts from the moment its first code is confirmed."""
    factor = workflows.set_up_second_factor(current_user.id)
    return {
        "otpauth_url": factor.otpauth_url,
        "qr_svg": _svg(factor.otpauth_url),
        "recovery_codes": factor.recovery_codes,
    }


@bp.route("/confirm", methods=["POST"])
@limited("secret-guess")
@requires()
@bp.arguments(TotpCodeSchema)
@bp.response(204)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def confirm(body: dict[str, Any]) -> None:
    """Let the second factor count by its first code; from now on signing in asks for one."""
    workflows.confirm_second_factor(current_user.id, body["totp_code"])


@bp.route("", methods=["DELETE"])
@limited("secret-guess")
@requires()
@bp.arguments(RemoveFactorSchema)
@bp.response(204)
@bp.alt_response(404, "NOT_FOUND")
def remove(body: dict[str, Any]) -> None:
    """Take the second factor away; some minutes after signing in, one of its codes is asked for."""
    workflows.remove_second_factor(current_user.id, current_user.session_id, body.get("totp_code"))


def _svg(url: str) -> str:
    return str(qrcode.make(url, image_factory=SvgPathImage).to_string(encoding="unicode"))
