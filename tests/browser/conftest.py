"""A real Chromium before the served product.

Without the packages of requirements/browser.txt nothing here is collected; ``make browser`` installs them.
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest

from airbnb.domain import clock
from airbnb.domain.kinds import Role
from airbnb.models.users import User
from airbnb.services.passwords import hash_password
from tests.factories.dashboard import PASSWORD
from tests.factories.served import served  # noqa: F401 - a fixture

HAS_PLAYWRIGHT = importlib.util.find_spec("playwright") is not None
collect_ignore_glob = [] if HAS_PLAYWRIGHT else ["test_*.py"]

CHROMIUM = "/usr/bin/chromium"
AXE = (Path(__file__).parent / "axe-core-4.14.1" / "axe.min.js").read_text()
#: Of axe's four degrees the two that keep people from using a page.
GRAVE = {"serious", "critical"}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    playwright = importlib.import_module("playwright.sync_api")  # absent unless make browser installed it
    with playwright.sync_playwright() as driver:
        # Chromium refuses its sandbox to root, whom continuous integration runs as; it visits nothing but this product.
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visitor:
    """A person before one window."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = f"{address}/admin"
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, said: Any) -> None:
        # Pictures of this world are said to be where its settings put files, and nobody serves there.
        if said.type == "error" and "ERR_CONNECTION_REFUSED" not in said.text:
            self.complaints.append(said.text)

    def open(self, path: str) -> Any:
        """Go to a page of the dashboard."""
        return self.page.goto(f"{self.address}{path}")

    def text(self) -> str:
        """Return what the page says."""
        return str(self.page.inner_text("body"))

    def grave_faults(self) -> list[tuple[str, str]]:
        """Return what axe-core finds that keeps people from using the page: its rule and an element."""
        session = self.page.context.new_cdp_session(self.page)
        # By the debugger and not by a script element, which the page's policy rightly refuses.
        session.send("Runtime.evaluate", {"expression": AXE})
        session.detach()
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")
        return [(one["id"], one["nodes"][0]["html"][:160]) for one in found["violations"] if one["impact"] in GRAVE]

    def is_too_wide(self) -> bool:
        """Whether the page has to be moved sideways to be read."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.fixture
def visit(chromium: Any, served: str) -> Callable[..., Any]:  # noqa: F811 - the fixture
    """Open a window of a width, in Lisbon."""

    @contextmanager
    def open_window(width: int = 1440) -> Iterator[Visitor]:
        context = chromium.new_context(viewport={"width": width, "height": 900}, timezone_id="Europe/Lisbon")
        yield Visitor(context.new_page(), served)
        context.close()

    return open_window


@pytest.fixture
def staff_with_factor(make_user: Callable[..., User], client_for: Any) -> Callable[..., tuple[User, Callable[[], str]]]:
    """Make somebody of staff with a second factor; return them and what gives their next code."""

    def make(role: Role) -> tuple[User, Callable[[], str]]:
        user = make_user(roles=(role,), password_hash=hash_password(PASSWORD))
        client = client_for(user)
        codes = pyotp.parse_uri(client.post("/auth/totp/setup").json["otpauth_url"])
        earlier = codes.at(clock.now() - timedelta(seconds=30))
        assert client.post("/auth/totp/confirm", json={"totp_code": earlier}).status_code == 204
        return user, lambda: codes.at(clock.now())

    return make


@pytest.fixture
def sign_in(staff_with_factor: Any) -> Callable[[Visitor, Role], User]:
    """Sign somebody in as they would: address, password, code."""

    def enter(visitor: Visitor, role: Role) -> User:
        user, code = staff_with_factor(role)
        visitor.open("/login")
        visitor.page.get_by_label("E-mail").fill(user.email)
        visitor.page.get_by_label("Password").fill(PASSWORD)
        visitor.page.get_by_label("Code of your authenticator").fill(code())
        visitor.page.get_by_role("button", name="Sign in").click()
        visitor.page.wait_for_url("**/admin/")
        return user

    return enter
