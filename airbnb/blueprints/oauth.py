"""Signing in through Google or Facebook: away to the provider, back from it, and a code for tokens."""

from typing import Any
from urllib.parse import urlencode

import flask
from flask import redirect, request
from werkzeug.wrappers import Response

from airbnb.blueprints.http.api import Blueprint, accepts_any_query
from airbnb.blueprints.http.identity import public
from airbnb.blueprints.http.limits import limited
from airbnb.blueprints.http.tokens import this_device, token_pair
from airbnb.blueprints.users import shown_user
from airbnb.domain import clock
from airbnb.domain.errors import NotFound, ValidationFailed
from airbnb.domain.identities import SignInProblem, SignInRefused
from airbnb.domain.kinds import SignInProvider
from airbnb.extensions import current_settings
from airbnb.schemas.auth import SignedInSchema
from airbnb.schemas.oauth import OAuthExchangeSchema, OAuthStartQuery
from airbnb.workflows import oauth as workflows
from airbnb.workflows.outside import sign_in_provider

bp = Blueprint("oauth", __name__, url_prefix="/auth/oauth", description="Signing in through a provider")

LONGEST_DANCE_S = 600


@bp.url_defaults
def keep_provider(endpoint: str, values: dict[str, Any]) -> None:
    """Fill the provider into the addresses of this room, which Flask-Dance asks for by endpoint alone."""
    values.setdefault("provider", (request.view_args or {}).get("provider"))


@bp.route("/<string:provider>", methods=["GET"])
@limited("sign-in")
@public
@bp.arguments(OAuthStartQuery, location="query")
@bp.response(302)
@bp.alt_response(404, "NOT_FOUND")
def begin(args: dict[str, Any], provider: str) -> Response:
    """Send a browser to a provider; it comes back to ``redirect_uri`` with ``?code=``, or with ``?error=``."""
    consumer = sign_in_provider(_named(provider))
    if args["redirect_uri"] not in current_settings().oauth.redirect_uris:
        raise ValidationFailed({"redirect_uri": ["This address is not one of those that a sign-in may end at."]})
    flask.session[_slot(provider)] = {**args, "at": int(clock.now().timestamp())}
    return _unstored(consumer.begin())


@bp.route("/<string:provider>/callback", methods=["GET"])
@accepts_any_query
@limited("sign-in")
@public
@bp.response(302)
@bp.alt_response(404, "NOT_FOUND")
def authorized(provider: str) -> Response:
    """Take a browser back from a provider and send it on to the frontend."""
    consumer, begun = sign_in_provider(_named(provider)), flask.session.get(_slot(provider))
    if begun is None or not consumer.is_answer_to_this_browser():
        # What this browser began, if anything, goes on: a forged answer must not end it.
        end = begun["redirect_uri"] if begun else current_settings().oauth.redirect_uris[0]
        return _ended(end, error=SignInProblem.INVALID_STATE)
    del flask.session[_slot(provider)]
    try:
        if clock.now().timestamp() - begun["at"] > LONGEST_DANCE_S:
            raise SignInRefused(SignInProblem.INVALID_STATE)
        challenge = begun["code_challenge"]
        code = workflows.take_answer(_named(provider), code_challenge=challenge, ip=request.remote_addr)
    except SignInRefused as refusal:
        return _ended(begun["redirect_uri"], error=refusal.problem)
    finally:
        consumer.forget()
    return _ended(begun["redirect_uri"], code=code)


@bp.route("/exchange", methods=["POST"])
@limited("secret-guess")
@public
@bp.arguments(OAuthExchangeSchema)
@bp.response(200, SignedInSchema)
@bp.alt_response(401, "UNAUTHORIZED")
@bp.alt_response(403, "FORBIDDEN")
def exchange(body: dict[str, Any]) -> dict[str, Any]:
    """Exchange the code from ``redirect_uri`` for tokens, within a minute and once."""
    signed_in = workflows.exchange(device=this_device(), **body)
    return {"user": shown_user(signed_in.user), **token_pair(signed_in)}


def _named(provider: str) -> SignInProvider:
    try:
        return SignInProvider(provider)
    except ValueError:
        raise NotFound() from None


def _slot(provider: str) -> str:
    """Return where the browser's session keeps what was begun; the providers' own, so that none ends another's."""
    return f"{provider}_oauth_begun"


def _ended(redirect_uri: str, **outcome: str) -> Response:
    joint = "&" if "?" in redirect_uri else "?"
    return _unstored(redirect(f"{redirect_uri}{joint}{urlencode(outcome)}"))


def _unstored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
