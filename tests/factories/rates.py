"""Exchange rates for tests."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from airbnb.queries.exchange_rates import replace_rates
from airbnb.unit_of_work import in_transaction


@pytest.fixture
def set_rates(app: Flask) -> Callable[..., None]:
    """Write what one euro is worth: ``set_rates("2027-03-01", USD="1.0833")``."""

    def write(on: str, *, source: str = "ecb", **rates: str) -> None:
        in_transaction(lambda session: replace_rates(session, date.fromisoformat(on), source, rates))

    return write
