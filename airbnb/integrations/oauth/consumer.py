"""One provider's dance in the authorization code flow: state, PKCE, exchange and profile; safe under threads."""

import hmac
import logging
from collections.abc import Callable, Mapping
from typing import Any, cast

import flask
import requests
from flask import g, request
from flask_dance.consumer import OAuth2ConsumerBlueprint, oauth_authorized
from flask_dance.consumer.requests import OAuth2Session
from flask_dance.consumer.storage import NullStorage
from oauthlib.oauth2.rfc6749.errors import OAuth2Error
from werkzeug.wrappers import Response

from airbnb.config.oauth import OAuthApp
from airbnb.domain.identities import ProviderProfile, SignInProblem, SignInRefused

TIMEOUT_S = (3.05, 10.0)  # to connect, to answer
#: What comes of an answer that can't be used; oauthlib reads one without a look at its shape.
UNUSABLE = (OAuth2Error, requests.RequestException, ValueError, TypeError, AttributeError, KeyError)
ReadProfile = Callable[[Mapping[str, Any]], ProviderProfile]

# At DEBUG both write secrets and tokens.
for _talkative in ("flask_dance", "requests_oauthlib"):
    logging.getLogger(_talkative).setLevel(logging.INFO)


class ProviderSession(OAuth2Session):
    """Calls to a provider: never without a time limit, and with the one callback address that it knows."""

    def __init__(self, *args: Any, callback_url: str, **kwargs: Any) -> None:
        self._callback_url = callback_url
        super().__init__(*args, **kwargs)

    @property
    def redirect_uri(self) -> str:
        """The address from the settings; what the request's Host header says does not matter."""
        return self._callback_url

    @redirect_uri.setter
    def redirect_uri(self, value: str | None) -> None:
        pass

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """Send a request."""
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT_S
        return cast(requests.Response, super().request(method, url, **kwargs))

    def fetch_token(self, token_url: str, *, authorization_response: str, **kwargs: Any) -> dict[str, Any]:
        """Exchange the code that came back in a query."""
        # oauthlib wants to see https, which only the proxy in front may have spoken.
        came_back = f"{self._callback_url}?{request.query_string.decode('latin-1')}"
        return cast(
            dict[str, Any],
            super().fetch_token(token_url, authorization_response=came_back, include_client_id=True, **kwargs),
        )


class OAuthConsumer(OAuth2ConsumerBlueprint):
    """A provider as Flask-Dance sees it, but with all that belongs to one request kept on ``flask.g``.

    Its two views are called by our own routes; as a blueprint it is not registered.
    """

    def __init__(self, name: str, app: OAuthApp, *, callback_url: str, scope: list[str], read: ReadProfile) -> None:
        super().__init__(
            name,
            __name__,
            client_id=app.client_id,
            client_secret=app.client_secret,
            authorization_url=app.authorize_url,
            token_url=app.token_url,
            scope=scope,
            use_pkce=True,
            session_class=ProviderSession,
            callback_url=callback_url,
            storage=NullStorage(),
        )
        self._profile_url = app.profile_url
        self._read = read

    @property
    def session(self) -> Any:
        """This request's calls to the provider; as shipped, all threads would share one."""
        slot = self._slot()
        if "session" not in slot:
            slot["session"] = OAuth2ConsumerBlueprint.session.fget(self)
        return slot["session"]

    @property
    def authorization_url_params(self) -> dict[str, Any]:
        """This request's extra parameters, such as the PKCE challenge."""
        return cast(dict[str, Any], self._slot().setdefault("authorization_url_params", {}))

    @authorization_url_params.setter
    def authorization_url_params(self, value: dict[str, Any]) -> None:
        self._refuse_shared(value)

    @property
    def token_url_params(self) -> dict[str, Any]:
        """This request's extra parameters of the exchange, such as the PKCE verifier."""
        return cast(dict[str, Any], self._slot().setdefault("token_url_params", {}))

    @token_url_params.setter
    def token_url_params(self, value: dict[str, Any]) -> None:
        self._refuse_shared(value)

    def begin(self) -> Response:
        """Return the way to the provider; state and PKCE verifier are put into the browser's session."""
        return cast(Response, self.login())

    def is_answer_to_this_browser(self) -> bool:
        """Whether the request brings the state that the browser was sent away with."""
        sent = flask.session.get(f"{self.name}_oauth_state")
        return isinstance(sent, str) and hmac.compare_digest(sent.encode(), request.args.get("state", "").encode())

    def finish(self) -> ProviderProfile:
        """Exchange what the provider sent along with the browser and return who came back.

        Raises: SignInRefused.
        """
        if not self.is_answer_to_this_browser():
            raise SignInRefused(SignInProblem.INVALID_STATE)
        refusal = request.args.get("error")
        if refusal:
            denied = refusal == "access_denied"
            raise SignInRefused(SignInProblem.ACCESS_DENIED if denied else SignInProblem.PROVIDER_ERROR)
        try:
            self.authorized()
            answer = self.session.get(self._profile_url)
            answer.raise_for_status()
            claims = answer.json()
        except UNUSABLE as error:
            logging.getLogger(__name__).warning("sign-in through %s failed: %s", self.name, type(error).__name__)
            raise SignInRefused(SignInProblem.PROVIDER_ERROR) from error
        if not isinstance(claims, dict):
            raise SignInRefused(SignInProblem.PROVIDER_ERROR)
        return self._read(claims)

    def forget(self) -> None:
        """Take state and verifier out of the browser's session."""
        for name in ("state", "code_verifier"):
            flask.session.pop(f"{self.name}_oauth_{name}", None)

    def _slot(self) -> dict[str, Any]:
        slots: dict[str, dict[str, Any]] = g.setdefault("oauth_consumers", {})
        return slots.setdefault(self.name, {})

    @staticmethod
    def _refuse_shared(value: dict[str, Any]) -> None:
        # Flask-Dance sets both once, to nothing, when a consumer is made.
        if value:
            raise NotImplementedError("parameters for all requests would be shared by all threads")


@oauth_authorized.connect
def keep_no_token(consumer: OAuthConsumer, token: dict[str, Any]) -> bool:
    """Keep the provider's token out of the browser's session and every other store."""
    return False
