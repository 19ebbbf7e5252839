"""Signing up, in and on, proving an address, and passwords."""

from typing import Any

from flask import Response, request

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.identity import (
    current_user,
    public,
    refresh_token,
    requires,
    requires_refresh_token,
)
from airbnb.blueprints.http.limits import limited
from airbnb.blueprints.http.tokens import this_device, token_pair
from airbnb.blueprints.users import shown_user
from airbnb.domain import clock
from airbnb.extensions import current_settings
from airbnb.queries.sessions import end_session
from airbnb.queries.users import lock_user
from airbnb.schemas.auth import (
    ChangePasswordSchema,
    ForgotPasswordSchema,
    LoginSchema,
    RegisterSchema,
    ResetPasswordSchema,
    SignedInSchema,
    TokenSchema,
)
from airbnb.services import auth
from airbnb.unit_of_work import in_transaction
from airbnb.workflows import auth as workflows

bp = Blueprint("auth", __name__, url_prefix="/auth", description="Signing up, in and out")

ACCEPTED = 202


@bp.route("/register", methods=["POST"])
@limited("register", "register-hourly")
@public
@bp.arguments(RegisterSchema)
@bp.response(201, SignedInSchema)
def register(body: dict[str, Any]) -> Any:
    """Open an account and sign in; a mail with a link to prove the address follows."""
    signed_in = workflows.register(device=this_device(), **body)
    return _signed_in(signed_in), 201, {"Location": "/api/v1/users/me"}


@bp.route("/login", methods=["POST"])
@limited("sign-in", "password-guess")
@public
@bp.arguments(LoginSchema)
@bp.response(200, SignedInSchema)
def log_in(body: dict[str, Any]) -> Any:
    """Sign in with address and password."""
    return _signed_in(workflows.log_in(device=this_device(), **body))


@bp.route("/refresh", methods=["POST"])
@limited("refresh")
@requires_refresh_token
@bp.response(200, SignedInSchema)
def refresh() -> Any:
    """Exchange a refresh token, sent as Bearer, for a new pair; used twice, it ends its session."""
    sent = refresh_token()
    signed_in = workflows.refresh(user_id=sent.user_id, session_id=sent.session_id, refresh_id=sent.token_id)
    return _signed_in(signed_in)


@bp.route("/logout", methods=["POST"])
@requires()
@bp.response(204)
def log_out() -> None:
    """End this session; its tokens stop working at once."""
    user_id, session_id = current_user.id, current_user.session_id
    in_transaction(lambda session: end_session(session, session_id, user_id=user_id, now=clock.now()))


@bp.route("/verify-email", methods=["POST"])
@limited("secret-guess")
@public
@bp.arguments(TokenSchema)
@bp.response(204)
def verify_email(body: dict[str, Any]) -> None:
    """Prove an address with the token that was mailed to it."""
    in_transaction(lambda session: auth.verify_email(session, body["token"], now=clock.now()))


@bp.route("/verify-email/resend", methods=["POST"])
@limited("mail-me")
@requires()
@bp.response(202)
def resend_verification() -> Response:
    """Mail another link; a proved address gets none."""
    user_id, secret = current_user.id, current_settings().secret_key
    in_transaction(
        lambda session: auth.ask_email_verification(
            session, lock_user(session, user_id), secret=secret, now=clock.now()
        )
    )
    return Response(status=ACCEPTED)


@bp.route("/password/forgot", methods=["POST"])
@limited("mail-somebody", "mail-one-address")
@public
@bp.arguments(ForgotPasswordSchema)
@bp.response(202)
def forgot_password(body: dict[str, Any]) -> Response:
    """Mail a link that sets a new password, if the address has an account; the answer doesn't tell."""
    in_transaction(lambda session: auth.want_password_reset(session, body["email"]))
    return Response(status=ACCEPTED)


@bp.route("/password/reset", methods=["POST"])
@limited("secret-guess")
@public
@bp.arguments(ResetPasswordSchema)
@bp.response(204)
def reset_password(body: dict[str, Any]) -> None:
    """Set a new password with the token that was mailed; every session ends."""
    workflows.reset_password(token=body["token"], password=body["password"], ip=request.remote_addr)


@bp.route("/password/change", methods=["POST"])
@limited("secret-guess")
@requires()
@bp.arguments(ChangePasswordSchema)
@bp.response(204)
def change_password(body: dict[str, Any]) -> None:
    """Set another password; every other session ends."""
    workflows.change_password(
        user_id=current_user.id,
        session_id=current_user.session_id,
        current=body.get("current_password"),
        password=body["password"],
        ip=request.remote_addr,
    )


def _signed_in(signed_in: workflows.SignedIn) -> dict[str, Any]:
    return {"user": shown_user(signed_in.user), **token_pair(signed_in)}
