"""Fetching reference rates, importing them by hand, and what staff set."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from airbnb.domain import clock
from airbnb.domain.causes import by_staff
from airbnb.domain.errors import ValidationFailed
from airbnb.domain.kinds import Role
from airbnb.extensions import current_settings
from airbnb.integrations.fetching import FetchFailed
from airbnb.models.platform import AuditEntry, ExchangeRate, JobRun
from airbnb.queries.exchange_rates import latest_dated_rates
from airbnb.services.rates import set_staff_rate
from airbnb.tasks.rates import fetch_daily
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.outside import EXTENSION
from airbnb.workflows.rates import RatesUnavailable
from tests.fakes.fetcher import FakeFetcher
from tests.integrations.test_rates import FIRST, SECOND, xml

NOW = datetime(2027, 3, 15, 17, tzinfo=UTC)


@pytest.fixture
def ecb(app, freeze):
    """Stands in for the bank's site; ``pages`` is what it answers."""
    freeze(NOW)
    fake = FakeFetcher()
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], fetcher=fake)
    return fake


def rates():
    with reading() as session:
        return {code: (float(one.rate), one.on) for code, one in latest_dated_rates(session).items()}


def test_the_days_rates_are_fetched_once_a_period(ecb, count_rows):
    ecb.pages[current_settings().rates_url] = xml(FIRST)

    assert (fetch_daily(), fetch_daily()) == (2, 0)
    assert len(ecb.asked) == 1
    assert rates() == {"USD": (1.0833, date(2027, 3, 15)), "JPY": (163.4561, date(2027, 3, 15))}


def test_the_last_good_rates_stay_when_none_come(ecb, freeze, count_rows):
    ecb.pages[current_settings().rates_url] = xml(FIRST)
    fetch_daily()
    before = rates()

    for hour, page in (
        (21, FetchFailed("too_slow")),
        (22, b"<html>down</html>"),
        (23, xml(FIRST.replace("1.0833", "0"))),
    ):
        freeze(NOW.replace(day=hour))
        ecb.pages[current_settings().rates_url] = page
        with pytest.raises(RatesUnavailable):
            fetch_daily()

    assert rates() == before
    assert count_rows(JobRun, JobRun.job == "rates-fetch", JobRun.error.is_not(None)) == 3


def test_fetching_the_same_day_again_changes_only_what_differs(ecb, freeze):
    ecb.pages[current_settings().rates_url] = xml(FIRST)
    fetch_daily()
    freeze(NOW.replace(hour=22))
    ecb.pages[current_settings().rates_url] = xml(FIRST.replace("163.4561", "164"))

    assert fetch_daily() == 1
    assert rates()["JPY"][0] == 164.0


def test_rates_of_tomorrow_are_not_believed(ecb, count_rows):
    ecb.pages[current_settings().rates_url] = xml(FIRST.replace("2027-03-15", "2027-03-16"))

    assert fetch_daily() == 0
    assert count_rows(ExchangeRate) == 0


def test_a_file_is_imported_offline(app, ecb, tmp_path):
    file = tmp_path / "eurofxref.xml"
    file.write_bytes(xml(SECOND, FIRST))
    broken = tmp_path / "broken.xml"
    broken.write_bytes(b"<html>")
    runner = app.test_cli_runner()

    first = runner.invoke(args=["rates", "import", str(file)])
    again = runner.invoke(args=["rates", "import", str(file)])
    refused = runner.invoke(args=["rates", "import", str(broken)])
    shown = runner.invoke(args=["rates", "show"])

    assert (first.exit_code, first.output) == (0, "3 new rates of 2 days\n")
    assert again.output == "0 new rates of 2 days\n"
    assert refused.exit_code == 1
    assert shown.output.splitlines() == ["JPY 163.456 of 2027-03-15", "USD 1.0833 of 2027-03-15"]


def test_rates_are_fetched_and_set_by_hand(app, ecb):
    runner = app.test_cli_runner()

    failed = runner.invoke(args=["rates", "fetch"])
    ecb.pages[current_settings().rates_url] = xml(FIRST)
    fetched = runner.invoke(args=["rates", "fetch"])
    done = runner.invoke(args=["rates", "set", "usd", "1.25"])
    wrong = runner.invoke(args=["rates", "set", "USD", "0"])

    assert (failed.exit_code, fetched.exit_code, done.exit_code, wrong.exit_code) == (1, 0, 0, 1)
    assert rates()["USD"][0] == 1.25


def test_what_staff_set_wins_on_its_day_and_is_written_down(ecb, make_user):
    ecb.pages[current_settings().rates_url] = xml(FIRST)
    fetch_daily()
    cause = by_staff(make_user(roles=(Role.FINANCE,)).id, now=clock.now(), reason="The bank's own rate")

    for rate in ("1.2", "1.3"):
        in_transaction(lambda session, rate=rate: set_staff_rate(session, "USD", rate, NOW.date(), cause=cause))

    assert rates()["USD"][0] == 1.3
    with reading() as session:
        entries = session.query(AuditEntry).filter_by(action="set_exchange_rate").order_by(AuditEntry.id).all()
    assert [(entry.before["rate"], entry.after["rate"]) for entry in entries] == [(None, "1.2"), ("1.2", "1.3")]


@pytest.mark.parametrize(
    "code, rate, on, field",
    [
        ("EUR", "1", "2027-03-15", "quote"),
        ("XAU", "1", "2027-03-15", "quote"),
        ("USD", "0", "2027-03-15", "rate"),
        ("USD", "1e400", "2027-03-15", "rate"),
        ("USD", "1", "2027-03-16", "on"),
    ],
)
def test_case_33_what_makes_no_rate_is_named(ecb, make_user, code, rate, on, field):
    cause = by_staff(make_user().id, now=clock.now(), reason="test")

    with pytest.raises(ValidationFailed) as refusal:
        in_transaction(lambda session: set_staff_rate(session, code, rate, date.fromisoformat(on), cause=cause))

    assert list(refusal.value.errors) == [field]
