"""The mailbox of development: lists and shows what was sent, runs nothing of it, and is not there in production."""

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from airbnb.config import AppEnv

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Path]:
    """The folder of the mailbox, empty before and after."""
    folder = app.extensions["airbnb_settings"].instance_path / "mailbox"
    folder.mkdir(exist_ok=True)
    yield folder
    for path in folder.iterdir():
        path.unlink()


def put(
    mailbox: Path, number: int = 0, *, subject: str = "Hello", html: str | None = "<html><head></head>Hi</html>"
) -> str:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Stays <a@stays.example>", "b@example.test", subject
    message.set_content(f"Text of {subject}\n")
    if html is not None:
        message.add_alternative(html, subtype="html")
    name = f"20260501T1200{number // 60:02}.{number:06}-abcd1234-b@example.test.eml"
    (mailbox / name).write_bytes(message.as_bytes())
    return name


def test_an_empty_mailbox_says_so(mailbox: Path, client: Any):
    assert "No mails yet" in client.get("/mailbox").text


def test_mails_are_listed_newest_first_in_pages(mailbox: Path, client: Any):
    for number in range(30):
        put(mailbox, number, subject=f"Mail {number:02}")

    first, second = client.get("/mailbox").text, client.get("/mailbox?page=2").text

    assert re.findall(r"Mail \d\d", first + second) == [f"Mail {number:02}" for number in reversed(range(30))]
    assert "Older" in first
    assert "Newer" not in first
    assert "Newer" in second
    assert "Older" not in second


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999"])
def test_an_odd_page_number_is_no_error(mailbox: Path, client: Any, page: str):
    assert client.get(f"/mailbox?page={page}").status_code == 200


def test_a_mail_is_shown_as_text_and_in_a_frame_without_rights(mailbox: Path, client: Any):
    name = put(mailbox, subject=HOSTILE)

    page = client.get(f"/mailbox/{name}")

    assert HOSTILE not in page.text
    assert "Text of &lt;script&gt;" in page.text
    assert re.search(r'<iframe sandbox="[^"]*"', page.text)
    assert "allow-scripts" not in page.text
    assert "allow-same-origin" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'nonce-")
    assert page.headers["Cache-Control"] == "no-store"


def test_the_frames_content_runs_nothing_and_loads_nothing(mailbox: Path, client: Any):
    name = put(mailbox, html=f"<html><head></head><body>{HOSTILE}</body></html>")

    page = client.get(f"/mailbox/{name}/html")

    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert '<head><base target="_blank">' in page.text


def test_a_mail_without_html_has_no_frame(mailbox: Path, client: Any):
    name = put(mailbox, html=None)

    assert "<iframe" not in client.get(f"/mailbox/{name}").text
    assert client.get(f"/mailbox/{name}/html").status_code == 404


@pytest.mark.parametrize(
    "name", ["nothing.eml", "20260501T120000.000000-x.eml", "..%2F..%2Fsecret.key", "20260501T120000.000000-..%2F.eml"]
)
def test_only_mails_are_found(mailbox: Path, client: Any, name: str):
    assert client.get(f"/mailbox/{name}").status_code == 404


@pytest.mark.parametrize("path", ["/mailbox", "/mailbox/x.eml", "/mailbox/x.eml/html"])
def test_production_has_no_mailbox(mailbox: Path, app: Flask, client: Any, monkeypatch: pytest.MonkeyPatch, path: str):
    name = put(mailbox)
    production = replace(app.extensions["airbnb_settings"], app_env=AppEnv.PRODUCTION)
    monkeypatch.setitem(app.extensions, "airbnb_settings", production)

    assert client.get(path.replace("x.eml", name)).status_code == 404


def test_production_runs_no_mail_sink(app: Flask, monkeypatch: pytest.MonkeyPatch):
    production = replace(app.extensions["airbnb_settings"], app_env=AppEnv.PRODUCTION)
    monkeypatch.setitem(app.extensions, "airbnb_settings", production)

    result = app.test_cli_runner().invoke(args=["mail", "sink"])

    assert result.exit_code == 1
    assert "set MAIL_URL" in result.output
