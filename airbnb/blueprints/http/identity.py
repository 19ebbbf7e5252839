"""Who is calling: tokens in, a small frozen user out, and the decorators by which each route says who may call it."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, NamedTuple, cast

from flask import Flask, Response, current_app, g, request
from flask_jwt_extended import get_jwt, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import InvalidTokenError, PyJWTError
from werkzeug.local import LocalProxy

from airbnb.blueprints.errors import problem
from airbnb.blueprints.http.api import document
from airbnb.blueprints.http.verified_tokens import VerifiedTokens
from airbnb.domain.account_errors import AccountSuspended, EmailNotVerified, TotpSetupRequired, Unauthenticated
from airbnb.domain.errors import DomainError, Forbidden
from airbnb.domain.ids import MAX_ID
from airbnb.domain.kinds import Role
from airbnb.domain.permissions import Permission, rights_of, withheld_roles
from airbnb.domain.statuses import UserStatus
from airbnb.extensions import current_settings, jwt
from airbnb.queries.identity import Identity, find_identity
from airbnb.queries.identity_cache import recall, remember
from airbnb.unit_of_work import reading

View = Callable[..., Any]

ID = re.compile(r"[0-9]{1,19}")
BEARER = "Bearer "
#: Ours have some 400 characters; a longer one is not worth reading.
LONGEST_TOKEN = 2_048
#: Headers of a token such as ``jku`` or ``crit`` ask for things that we do not do.
TOKEN_HEADERS = {"alg", "kid", "typ"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentUser:
    """The caller, as far as every route needs to know.

    ``withheld_roles`` are those of staff until a second factor is set up, where that is obligatory: they carry nothing.
    """

    id: int
    session_id: int
    roles: frozenset[Role]
    withheld_roles: frozenset[Role]
    email_verified: bool
    locale: str
    currency: str

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything that the caller's roles allow."""
        return rights_of(self.roles)

    def may(self, permission: Permission) -> bool:
        """Whether the caller holds one permission."""
        return permission in self.permissions


class TokenHolder(NamedTuple):
    """Whom a token was made for, in which session, and the token's own id."""

    user_id: int
    session_id: int
    token_id: str


def init_app(app: Flask) -> None:
    """Set how tokens are signed and what is answered when one does not hold."""
    jwt.init_app(app)
    app.extensions["airbnb_verified_tokens"] = VerifiedTokens()


def public(view: View) -> View:
    """Let anyone call a route; a token, if sent, must hold all the same."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        _identify(required=False)
        return view(*args, **kwargs)

    return _marked(wrapper, "public")


def requires(*permissions: Permission, verified: bool = False) -> Callable[[View], View]:
    """Let signed-in users with one of the permissions call a route, or every signed-in user when none is named."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            user = _identify(required=True)
            if user is None:
                raise Unauthenticated()
            if permissions and not user.permissions.intersection(permissions):
                raise TotpSetupRequired() if rights_of(user.withheld_roles).intersection(permissions) else Forbidden()
            if verified and not user.email_verified:
                raise EmailNotVerified()
            return view(*args, **kwargs)

        return _marked(wrapper, ",".join(permissions) or "signed_in")

    return decorate


def requires_refresh_token(view: View) -> View:
    """Let the holder of a refresh token call a route; what it stands for is in ``refresh_token()``."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        _sent_token()
        verify_jwt_in_request(refresh=True)
        return view(*args, **kwargs)

    return _marked(wrapper, "refresh_token")


def refresh_token() -> TokenHolder:
    """Return what the refresh token that was sent stands for."""
    return _holder(get_jwt())


def optional_user() -> CurrentUser | None:
    """Return the caller, or None for an anonymous one."""
    return cast("CurrentUser | None", g.get("current_user"))


def _signed_in() -> CurrentUser:
    user = optional_user()
    if user is None:
        raise Unauthenticated()
    return user


def token_ends_at() -> datetime:
    """Return when the caller's access token ends. Raises: Unauthenticated when there is none."""
    _signed_in()
    return cast(datetime, g.token_ends_at)


#: The caller of a route that requires one.
current_user = cast(CurrentUser, LocalProxy(_signed_in))


def limiter_key() -> str:
    """Count requests by user when the token is good, else by address; whether its session is live comes later."""
    try:
        claims = _claims(required=False)
        return f"u:{_holder(claims).user_id}" if claims else address_key()
    except (DomainError, JWTExtendedException, PyJWTError):
        return address_key()


def address_key() -> str:
    """Return what requests of one network address are counted by; of IPv6 a subscriber has a whole /64."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return f"ip:{request.remote_addr}"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return f"ip:{ipaddress.ip_network((address, 64), strict=False)}"
    return f"ip:{getattr(address, 'ipv4_mapped', None) or address}"


def _identify(*, required: bool) -> CurrentUser | None:
    if "current_user" in g:
        return optional_user()
    claims = _claims(required=required)
    if claims is None:
        return None
    g.current_user = _load(claims)
    g.token_ends_at = datetime.fromtimestamp(claims["exp"], UTC)
    return optional_user()


def _claims(*, required: bool) -> dict[str, Any] | None:
    """Return what the access token says that was sent, if any; the check of its signature is kept for a minute."""
    token = _sent_token()
    checked = cast(VerifiedTokens, current_app.extensions["airbnb_verified_tokens"])
    keys = current_settings().jwt_keys
    claims = checked.find(token, keys) if token else None
    if claims is None:
        if verify_jwt_in_request(optional=not required) is None:
            return None
        claims = get_jwt()
        if token and "exp" in claims:
            checked.add(token, claims, keys)
    return claims


def _sent_token() -> str | None:
    """Return the text of the token that was sent, unread. Raises: Unauthenticated when it is far too long."""
    header = request.headers.get("Authorization", "")
    if len(header) > LONGEST_TOKEN:
        raise Unauthenticated()
    return header.removeprefix(BEARER) if header.startswith(BEARER) else None


def _load(claims: dict[str, Any]) -> CurrentUser:
    holder = _holder(claims)
    found = _find_live(holder)
    if found is None:
        raise Unauthenticated()
    if found.status is UserStatus.SUSPENDED:
        raise AccountSuspended()
    withheld = withheld_roles(found.roles, found.has_second_factor, is_obligatory=current_settings().staff_needs_totp)
    return CurrentUser(
        id=found.user_id,
        session_id=found.session_id,
        roles=found.roles - withheld,
        withheld_roles=withheld,
        email_verified=found.email_verified,
        locale=found.locale,
        currency=found.currency,
    )


def _find_live(holder: TokenHolder) -> Identity | None:
    known, version = recall(session_id=holder.session_id, user_id=holder.user_id)
    if known is not None:
        return known
    with reading() as session:
        found = find_identity(session, session_id=holder.session_id, user_id=holder.user_id)
    if found is not None:
        remember(found, version)
    return found


def _holder(claims: dict[str, Any]) -> TokenHolder:
    """Return whom a token was made for. Raises: Unauthenticated when a claim is missing or of another shape."""
    user_id, session_id = str(claims.get("sub")), str(claims.get("sid"))
    well_formed = all(ID.fullmatch(text) and int(text) <= MAX_ID for text in (user_id, session_id))
    if not (well_formed and claims.get("exp") and claims.get("jti")):
        raise Unauthenticated()
    return TokenHolder(int(user_id), int(session_id), str(claims["jti"]))


def _marked(view: View, access: str) -> View:
    view.__dict__["__access__"] = access
    return document(access=access)(view)


@jwt.encode_key_loader
def _signing_key(identity: Any) -> str:
    return current_settings().jwt_keys[0][1]


@jwt.additional_headers_loader
def _headers(identity: Any) -> dict[str, str]:
    return {"kid": current_settings().jwt_keys[0][0]}


@jwt.decode_key_loader
def _verifying_key(headers: dict[str, Any], claims: dict[str, Any]) -> str:
    if headers.get("typ") != "JWT" or not headers.keys() <= TOKEN_HEADERS:
        raise InvalidTokenError("not a token of ours")
    for kid, key in current_settings().jwt_keys:
        if kid == headers.get("kid"):
            return key
    # An InvalidKeyError would surface as a server error.
    raise InvalidTokenError("unknown key")


@jwt.expired_token_loader
def _expired(headers: dict[str, Any], claims: dict[str, Any]) -> Response:
    return problem("token_expired")


@jwt.invalid_token_loader
@jwt.unauthorized_loader
def _invalid(reason: str) -> Response:
    return problem("unauthenticated", Unauthenticated.message)
