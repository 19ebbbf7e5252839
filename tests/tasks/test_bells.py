"""The bell that wakes workers: who rings it is not held up."""

import logging
import time
from dataclasses import replace

import pytest
from celery import Celery
from flask import Flask

from airbnb.domain.bells import Bell
from airbnb.extensions import current_settings
from airbnb.tasks import setup
from tests.servers import free_port

SOON_S = 3.0


@pytest.mark.parametrize("address", ["redis://127.0.0.1:{}/0", "redis+sentinel://127.0.0.1:{}/stays"])
def test_who_rings_while_the_broker_is_away_does_not_wait_for_it(
    app: Flask, address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    settings = replace(current_settings(), celery_broker_url=address.format(free_port()))
    client = Celery("nobody", set_as_current=False)
    client.conf.update(setup.broker_settings(settings))
    monkeypatch.setattr(setup, "celery", client)
    began = time.monotonic()

    with caplog.at_level(logging.WARNING):
        setup.ring(frozenset({Bell.OUTBOX}))

    assert time.monotonic() - began < SOON_S
    assert "the broker does not answer" in caplog.text
