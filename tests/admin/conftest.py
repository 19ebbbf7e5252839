"""Staff before the dashboard."""

from collections.abc import Callable

import pytest
from flask import Flask

from airbnb.domain.kinds import Role
from airbnb.models.users import User
from airbnb.services.passwords import hash_password
from tests.factories.dashboard import PASSWORD, Browser


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def make_staff(make_user: Callable[..., User]) -> Callable[..., User]:
    return lambda *roles: make_user(roles=roles, password_hash=hash_password(PASSWORD))


@pytest.fixture
def staff_browser(browser: Browser, make_staff: Callable[..., User]) -> Callable[..., Browser]:
    """Sign somebody with the given roles in at the dashboard."""

    def enter(*roles: Role) -> Browser:
        assert browser.sign_in(make_staff(*roles)).status_code == 302
        return browser

    return enter
