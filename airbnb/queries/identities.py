"""Identities at providers of sign-in: whose one is, and which a user has."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from airbnb.domain.kinds import SignInProvider
from airbnb.domain.paging import Page, PageRequest
from airbnb.models.identities import UserIdentity
from airbnb.queries.changes import matched_rows
from airbnb.queries.paging import SortKey, fetch_page


def find_identity_at(session: Session, provider: SignInProvider, subject: str) -> UserIdentity | None:
    """Return the identity of one person at a provider, or None."""
    return session.scalar(
        select(UserIdentity).where(UserIdentity.provider == provider, UserIdentity.subject == subject)
    )


def linked_providers(session: Session, user_id: int) -> set[SignInProvider]:
    """Return the providers at which a user has an identity; never two at one."""
    return set(session.scalars(select(UserIdentity.provider).where(UserIdentity.user_id == user_id)))


def list_identities(session: Session, user_id: int, page: PageRequest) -> Page[UserIdentity]:
    """Return a user's identities, the newest first."""
    statement = select(UserIdentity).where(UserIdentity.user_id == user_id)
    return fetch_page(session, statement, [SortKey(UserIdentity.id)], page)


def delete_identities(session: Session, user_id: int, *, provider: SignInProvider | None = None) -> int:
    """Delete a user's identities, or the one at a provider. Returns: how many there were."""
    statement = delete(UserIdentity).where(UserIdentity.user_id == user_id)
    if provider is not None:
        statement = statement.where(UserIdentity.provider == provider)
    return matched_rows(session, statement)
