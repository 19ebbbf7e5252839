"""Who is at the dashboard: a session of its own in a cookie, looked up on every request."""

from dataclasses import dataclass
from typing import cast

from flask import flash, g, redirect, request, session, url_for
from flask_admin.form import SecureForm
from werkzeug.wrappers import Response

from airbnb.admin.formats import ENDPOINT_PREFIX
from airbnb.domain import clock
from airbnb.domain.errors import DomainError
from airbnb.domain.kinds import Role, SessionKind
from airbnb.domain.permissions import STAFF_ROLES, Permission, rights_of, withheld_roles
from airbnb.domain.statuses import UserStatus
from airbnb.domain.switches import Switch
from airbnb.extensions import current_settings
from airbnb.queries.identity import find_identity
from airbnb.queries.sessions import end_session
from airbnb.services.sessions import Device
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import switches
from airbnb.workflows.auth import log_in

HOME = "admin"
COOKIE_SESSION = "staff_session"
COOKIE_USER = "staff_user"
#: When the dashboard was last used, in seconds; the cookie is signed, so an old one tells the truth about itself.
COOKIE_SEEN = "staff_seen"


#: Seconds; more often would send a cookie with every answer.
NOTED_EVERY = 60


class NotStaff(DomainError):
    """The account is good but has no staff role."""

    code = "forbidden"
    message = "This account has no access to the dashboard."


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """Somebody at the dashboard."""

    id: int
    session_id: int
    roles: frozenset[Role]
    needs_second_factor: bool  # before anything else

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles carries a permission."""
        return not self.needs_second_factor and permission in rights_of(self.roles)


class EmptyForm(SecureForm):
    """A form of nothing but the token that proves that the dashboard itself sent it."""


#: What may be sent while everything is read only: coming and going, the switches themselves, and reading into a file.
STILL_ACCEPTED = frozenset({"login", "logout", "switch_view", "export_view"})


def refuse_changes_when_read_only() -> Response | None:
    """Turn a form away while nothing may be changed: one place for all, those to come too."""
    blueprint, _, name = (request.endpoint or "").rpartition(".")
    is_ours = blueprint == HOME or blueprint.startswith(ENDPOINT_PREFIX)
    if not is_ours or request.method != "POST" or name in STILL_ACCEPTED:
        return None
    try:
        switches.refuse_if_off(Switch.READ_ONLY)
    except DomainError as refusal:
        flash(refusal.detail, "error")
        return redirect(url_for("admin.index"))
    return None


def staff() -> StaffMember | None:
    """Return who is signed in at the dashboard, or None."""
    if "staff_member" not in g:
        g.staff_member = _load()
    return cast("StaffMember | None", g.staff_member)


def may(permission: Permission) -> bool:
    """Whether somebody with a permission is signed in at the dashboard."""
    member = staff()
    return member is not None and member.may(permission)


def sign_in(email: str, password: str, totp_code: str | None) -> None:
    """Open a dashboard session and put it into the cookie.

    Raises: InvalidCredentials, AccountSuspended, TotpRequired, TotpCodeWrong, TooManyTries; NotStaff.
    """
    device = Device(user_agent=request.user_agent.string, ip=request.remote_addr or "", kind=SessionKind.ADMIN)
    signed_in = log_in(email=email, password=password, totp_code=totp_code, device=device)
    with reading() as reads:
        identity = find_identity(reads, session_id=signed_in.session_id, user_id=signed_in.user.id)
    if identity is None or not identity.roles & STAFF_ROLES:
        _end(signed_in.session_id, signed_in.user.id)
        raise NotStaff()
    # What an attacker may have planted in the cookie before must not survive the sign-in.
    session.clear()
    session[COOKIE_SESSION], session[COOKIE_USER] = signed_in.session_id, signed_in.user.id
    session[COOKIE_SEEN] = int(clock.now().timestamp())


def sign_out() -> None:
    """End the dashboard session, in the database and in the cookie."""
    member = staff()
    if member is not None:
        _end(member.session_id, member.id)
    session.clear()


def _end(session_id: int, user_id: int) -> None:
    in_transaction(lambda rows: end_session(rows, session_id, user_id=user_id, now=clock.now()))


def _is_idle() -> bool:
    """Whether nobody has used the dashboard for too long; else note, to the minute, that somebody does."""
    now, seen = int(clock.now().timestamp()), session.get(COOKIE_SEEN, 0)
    if now - seen > current_settings().staff_idle.total_seconds():
        return True
    if now - seen >= NOTED_EVERY:
        session[COOKIE_SEEN] = now
    return False


def _load() -> StaffMember | None:
    session_id, user_id = session.get(COOKIE_SESSION), session.get(COOKIE_USER)
    if session_id is None or user_id is None or _is_idle():
        return None
    with reading() as reads:
        found = find_identity(reads, session_id=session_id, user_id=user_id)
    if found is None or found.status is not UserStatus.ACTIVE or not found.roles & STAFF_ROLES:
        return None
    withheld = withheld_roles(found.roles, found.has_second_factor, is_obligatory=current_settings().staff_needs_totp)
    return StaffMember(
        id=found.user_id, session_id=found.session_id, roles=found.roles, needs_second_factor=bool(withheld)
    )
