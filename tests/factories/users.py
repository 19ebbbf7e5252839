"""People for tests, written straight into the database with valid defaults."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.models.users import User, UserRole
from airbnb.unit_of_work import in_transaction
from tests.factories.clients import APIClient

_numbers = itertools.count(1)


@pytest.fixture
def make_user(app: Flask) -> Callable[..., User]:
    """Make a verified user; ``roles`` are added to the guest's that everyone has."""

    def make(*, roles: tuple[Role, ...] = (), verified: bool = True, **overrides: Any) -> User:
        number = next(_numbers)
        values: dict[str, Any] = {
            "email": f"person{number}@example.test",
            "first_name": "Ada",
            "last_name": f"Number {number}",
            "email_verified_at": clock.now() if verified else None,
            **overrides,
        }

        def work(session: Session) -> User:
            user = User(**values, roles=[UserRole(role=role) for role in {Role.GUEST, *roles}])
            session.add(user)
            return user

        return in_transaction(work)

    return make


@pytest.fixture
def make_client(make_user: Callable[..., User], client_for: Callable[[User], APIClient]) -> Callable[..., APIClient]:
    """Make a user and sign them in; takes what ``make_user`` takes."""
    return lambda *roles, **overrides: client_for(make_user(roles=roles, **overrides))


@pytest.fixture
def guest(make_client: Callable[..., APIClient]) -> APIClient:
    """A verified guest, signed in."""
    return make_client()


@pytest.fixture
def host(make_client: Callable[..., APIClient]) -> APIClient:
    """A verified host, signed in."""
    return make_client(Role.HOST)
