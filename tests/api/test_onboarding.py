"""Hosts whom Stripe checks: the link to its questions, what it says of them, and what that does to payouts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from airbnb.domain.kinds import Provider
from airbnb.models.payouts import PayoutAccount
from airbnb.services.payout_accounts import note_provider_account, note_verified
from airbnb.tasks import payments
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import onboarding, timers
from tests.api.test_stripe_payments import CHECK_OUT_AT, send

NOW = datetime(2027, 3, 20, 12, tzinfo=UTC)
ACCOUNT = "/users/me/payout-account"
LINK = f"{ACCOUNT}/onboarding-link"
STRIPE = {"method": "stripe", "currency": "EUR", "details": {}}
BACK = "http://frontend.test/money"


@pytest.fixture(autouse=True)
def _now(freeze):
    freeze(NOW)


@pytest.fixture
def world(_now, own_stripe, stripe_world):
    stripe_world.stop_clock(NOW)
    return stripe_world


@pytest.fixture
def host(world, host):
    """A host who chose Stripe."""
    assert host.put(ACCOUNT, json=STRIPE).status_code == 200
    return host


def only_account():
    with reading() as session:
        return session.query(PayoutAccount).one()


def test_a_host_is_led_to_the_providers_questions(host, world):
    first = host.post(LINK, json={"return_url": BACK, "refresh_url": BACK})
    second = host.post(LINK, json={})

    assert first.status_code == second.status_code == 200
    assert first.json["url"].startswith(f"{world.url}/setup/e/acct_")
    assert first.json["url"] != second.json["url"]
    assert first.json["expires_at"] == "2027-03-20T12:05:00.000000Z"
    (account,) = world.all("account")
    assert account["metadata"] == {"reference": str(only_account().id)}
    assert host.get(ACCOUNT).json["details"] == {"account": f"•••• {account['id'][-4:]}"}


def test_an_account_whose_answer_got_lost_is_found_again(host, world):
    world.fail("/v1/accounts", "lose_answer", times=3, method="POST")

    first = host.post(LINK, json={})
    second = host.post(LINK, json={})

    assert (first.status_code, first.json["code"]) == (503, "provider_unavailable")
    assert first.headers["Retry-After"]
    assert second.status_code == 200
    assert len(world.all("account")) == 1


def test_two_links_at_once_open_one_account(host, world, client_for):
    tabs = [client_for(host.user) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda tab: tab.post(LINK, json={}).status_code, tabs))

    assert answers == [200] * 4
    assert len(world.all("account")) == 1


def test_without_an_account_there_is_nothing_to_onboard(own_stripe, make_client):
    answer = make_client("host").post(LINK, json={})

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_other_ways_to_be_paid_need_no_onboarding(host):
    host.put(ACCOUNT, json={"method": "sandbox", "currency": "EUR", "details": {"account": "DE44"}})

    answer = host.post(LINK, json={})

    assert (answer.status_code, answer.json["code"]) == (409, "onboarding_unavailable")


@pytest.mark.parametrize(
    "body", [{"return_url": "https://evil.test/"}, {"refresh_url": "no address"}, {"account": "acct_1"}]
)
def test_the_host_comes_back_to_our_frontend_only(host, body):
    assert host.post(LINK, json=body).status_code == 422


def test_a_host_can_not_name_an_account_at_stripe(own_stripe, host):
    answer = host.put(ACCOUNT, json={**STRIPE, "details": {"account": "acct_of_somebody_else"}})

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["details"])


def test_another_currency_keeps_the_account_and_another_provider_does_not(host, world):
    host.post(LINK, json={})
    name = world.all("account")[0]["id"]

    host.put(ACCOUNT, json={**STRIPE, "currency": "USD"})
    assert host.get(ACCOUNT).json["details"] == {"account": f"•••• {name[-4:]}"}

    host.put(ACCOUNT, json={"method": "sandbox", "currency": "EUR", "details": {}})
    assert host.get(ACCOUNT).json["details"] == {"account": "••••"}


def test_stripes_word_on_the_account_holds_and_frees_payouts(
    host, world, client, guest, make_listing, freeze, run_outbox
):
    host.post(LINK, json={})
    body = {
        "listing_id": str(make_listing(host=host.user).id),
        "check_in": "2027-04-05",
        "check_out": "2027-04-09",
        "guests": {"adults": 1},
        "payment_method": "stripe",
        "payment_token": "pm_card_visa",
    }
    assert guest.post("/bookings", json=body, key="book").json["status"] == "confirmed"
    timers.complete_finished(CHECK_OUT_AT)

    def tell(at, **told):
        freeze(at)
        world.stop_clock(at)
        world.verify_account(world.all("account")[0]["id"], **told)
        assert send(client, world.events("account.updated")[-1], at=at).status_code == 200
        run_outbox()

    def run(at):
        freeze(at)
        world.stop_clock(at)
        payments.run_payouts()
        (payout,) = host.get("/payouts").json["data"]
        return payout["status"], payout["held_reasons"]

    due = CHECK_OUT_AT + timedelta(hours=25)
    assert run(due) == ("scheduled", ["account_unverified"])
    tell(due, ok=True)
    tell(due, ok=False)
    assert run(due + timedelta(hours=1)) == ("scheduled", ["account_unverified"])
    tell(due + timedelta(hours=1), ok=True)
    assert host.get(ACCOUNT).json["verified"]
    assert run(due + timedelta(hours=2)) == ("paid", [])
    assert [one["amount"] for one in world.all("transfer")] == [38_800]


def test_an_account_that_its_host_has_left_says_nothing_any_more(host, world, client, run_outbox, count_rows):
    host.post(LINK, json={})
    name = world.all("account")[0]["id"]
    host.put(ACCOUNT, json={"method": "sandbox", "currency": "EUR", "details": {}})
    world.verify_account(name, ok=False)

    send(client, world.events("account.updated")[-1])
    run_outbox()

    assert host.get(ACCOUNT).json["verified"]
    onboarding.refresh_account(only_account().id)
    onboarding.refresh_account(77)
    assert host.get(ACCOUNT).json["verified"]


def test_what_comes_late_about_another_account_changes_nothing(host, world):
    account = only_account()

    def late(session):
        first = note_provider_account(session, account.id, provider_ref="acct_1")
        second = note_provider_account(session, account.id, provider_ref="acct_2")
        note_verified(session, account.id, provider_ref="acct_2", is_verified=True, now=NOW)
        return first, second

    assert in_transaction(late) == ("acct_1", "acct_1")
    assert only_account().verified_at is None
    assert only_account().method is Provider.STRIPE


def test_every_change_of_the_account_is_told_by_mail(host, mailer, run_outbox):
    host.put(ACCOUNT, json={"method": "sandbox", "currency": "EUR", "details": {"iban": "DE89370400440532013000"}})
    run_outbox()

    told = [mail for mail in mailer.sent if mail.subject == "Where you are paid was changed"]
    assert [mail.to for mail in told] == [host.user.email] * 2
    assert "3000" not in told[0].text
    assert host.get("/notifications").json["data"][0]["kind"] == "payout_account_changed"


class TestCountry:
    """Where an account is opened can't be changed later."""

    @pytest.mark.parametrize(
        "details, listings, country",
        [({"country": "PT"}, ["FR"], "PT"), ({}, ["FR", "IT"], "FR"), ({}, [], "DE")],
        ids=["the host says", "the first listing", "the platform's own"],
    )
    def test_an_account_is_opened_in_the_hosts_country(self, host, world, make_listing, details, listings, country):
        for code in listings:
            make_listing(host=host.user, country_code=code)
        host.put(ACCOUNT, json={**STRIPE, "details": details})

        host.post(LINK, json={})

        (account,) = world.all("account")
        assert account["country"] == country
        shown = host.get(ACCOUNT).json["country_code"]
        assert shown == (country if details or listings else None)

    def test_another_country_is_another_account(self, host, world):
        for code in ("PT", "PT", "ES"):
            host.put(ACCOUNT, json={**STRIPE, "details": {"country": code}})
            assert host.post(LINK, json={}).status_code == 200

        assert sorted(one["country"] for one in world.all("account")) == ["ES", "PT"]
        host.put(ACCOUNT, json=STRIPE)
        assert host.get(ACCOUNT).json["country_code"] == "ES"

    @pytest.mark.parametrize("details", [{"country": "Portugal"}, {"country": "pt"}, {"country": 7}, {"iban": "DE44"}])
    def test_what_is_no_country_is_refused(self, host, details):
        assert host.put(ACCOUNT, json={**STRIPE, "details": details}).status_code == 422

    def test_the_account_says_how_far_its_host_is(self, host, world):
        def state():
            return host.get(ACCOUNT).json["onboarding"]

        assert state() == "not_started"
        host.post(LINK, json={})
        assert state() == "in_progress"
        world.verify_account(world.all("account")[0]["id"])
        onboarding.refresh_account(only_account().id)
        assert state() == "verified"
        host.put(ACCOUNT, json={"method": "sandbox", "currency": "EUR", "details": {}})
        assert state() == "not_needed"

    def test_an_account_of_a_country_that_nobody_wrote_down_is_kept(self, host, world, make_listing):
        host.post(LINK, json={})
        make_listing(host=host.user, country_code="FR")

        host.put(ACCOUNT, json={**STRIPE, "currency": "USD"})
        host.post(LINK, json={})

        assert [one["country"] for one in world.all("account")] == ["DE"]
