"""Settings are read once, checked, and refused with one message that names every one that is wrong."""

import sys
from datetime import timedelta
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from airbnb.config import AppEnv, ConfigError, ListingReview, PayoutAnchor, load_settings
from airbnb.domain.fees import FeeModelKind

GOOD_SECRET = "uX3-fQ9_wZk1TqLr7bVn0cYh5mGdS2aE"
PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": GOOD_SECRET,
    "DATABASE_URL": "mysql+pymysql://stays:a-password@db.internal/stays",
    "FRONTEND_URL": "https://stays.example",
    "PUBLIC_URL": "https://api.stays.example",
    "TRUSTED_PROXIES": "1",
}


@pytest.fixture
def load(tmp_path: Path):
    def read(**environ: str):
        return load_settings({"INSTANCE_PATH": str(tmp_path / "instance"), **environ})

    return read


def refused(load, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(**environ)
    return str(caught.value)


def test_nothing_needs_to_be_set(load, tmp_path):
    settings = load()

    assert settings.app_env is AppEnv.DEVELOPMENT
    assert settings.database_url == f"sqlite:///{tmp_path / 'instance' / 'airbnb.sqlite3'}"
    assert settings.payment_providers == ("sandbox",)
    assert settings.ratelimit_enabled
    assert (settings.listing_review, settings.fee_model) == (ListingReview.OFF, FeeModelKind.SPLIT)
    assert (settings.payout_anchor, settings.payout_delay) == (PayoutAnchor.COMPLETED, timedelta(hours=24))
    assert settings.access_token_lifetime == timedelta(minutes=15)


def test_an_installation_without_a_secret_makes_one_and_keeps_it(load, tmp_path):
    first, second = load(), load()

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert (tmp_path / "instance" / "secret.key").read_text().strip() == first.secret_key
    assert (tmp_path / "instance" / "secret.key").stat().st_mode & 0o077 == 0


def test_each_purpose_has_a_secret_of_its_own(load):
    settings = load(SECRET_KEY=GOOD_SECRET)
    secrets = [settings.secret_key, settings.location_secret, settings.jwt_keys[0][1], settings.sandbox_webhook_secret]

    assert len(set(secrets)) == len(secrets)


def test_secrets_are_not_in_the_representation(load):
    assert GOOD_SECRET not in repr(load(SECRET_KEY=GOOD_SECRET))


def test_blank_values_count_as_not_set(load):
    assert load(PORT="", REDIS_URL=" ", LISTING_REVIEW="").port == 8000


@pytest.mark.parametrize(
    "name, value",
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("APP_ENV", "prod"),
        ("DATABASE_URL", "postgresql://localhost/stays"),
        ("DATABASE_URL", "stays.sqlite3"),
        ("STORAGE_URL", "ftp://files"),
        ("MAIL_URL", "mail.example"),
        ("FRONTEND_URL", "stays.example"),
        ("PUBLIC_URL", "javascript:alert(1)"),
        ("RATELIMIT_ENABLED", "maybe"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "11"),
        ("LISTING_REVIEW", "some"),
        ("FEE_MODEL", "free"),
        ("GUEST_FEE_BPS", "14%"),
        ("GUEST_FEE_BPS", "-1"),
        ("HOST_FEE_BPS", "5001"),
        ("HOST_ONLY_FEE_BPS", "1e3"),
        ("FX_MARGIN_BPS", "1001"),
        ("PAYOUT_ANCHOR", "payment"),
        ("PAYOUT_DELAY_HOURS", "721"),
        ("PAYOUT_MINIMUM_MINOR", "-5"),
        ("ACCESS_TOKEN_MINUTES", "16"),
        ("REFRESH_TOKEN_DAYS", "0"),
        ("JWT_KEYS", "only-a-key"),
        ("JWT_KEYS", "new:short"),
        ("JWT_KEYS", ":" + "k" * 40),
        ("JWT_KEYS", f"a:{'k' * 40},a:{'j' * 40}"),
        ("JWT_KEYS", f"a b:{'k' * 40}"),
        ("JWT_KEYS", f"a.b:{'k' * 40}"),
        ("ENCRYPTION_KEYS", "only-a-key"),
        ("ENCRYPTION_KEYS", "new:short"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(load, name, value):
    assert name in refused(load, **{name: value})


def test_all_wrong_settings_are_told_in_one_message(load):
    message = refused(load, PORT="x", APP_ENV="y", FEE_MODEL="z")

    assert all(name in message for name in ("PORT", "APP_ENV", "FEE_MODEL"))


def test_a_password_in_an_address_is_not_told(load):
    assert "hunter2" not in refused(load, DATABASE_URL="postgresql://stays:hunter2@localhost/stays")


def test_the_first_key_signs_and_the_others_only_verify(load):
    new, old = "n" * 32, "o" * 32

    assert load(JWT_KEYS=f"2026:{new}, 2025:{old}").jwt_keys == (("2026", new), ("2025", old))


def test_production_starts_with_what_it_needs(load):
    settings = load(**PRODUCTION)

    assert settings.is_production
    assert settings.payment_providers == ()


@pytest.mark.parametrize(
    "name, value",
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "changeme"),
        ("SECRET_KEY", "k" * 31),
        ("SECRET_KEY", "k" * 64),
        ("SECRET_KEY", "change-me" * 8),
        ("JWT_KEYS", "main:" + "k" * 40),
        ("DATABASE_URL", "sqlite:////srv/stays.sqlite3"),
        ("DATABASE_URL", ""),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://stays.example,*"),
        ("CORS_ORIGINS", "null"),
        ("CORS_ORIGINS", "https://*.stays.example"),
        ("CORS_ORIGINS", "https://stays.example/"),
        ("CORS_ORIGINS", "http://stays.example"),
        ("SECRET_KEY", "replace-this-with-Random-text-0123456789"),
        ("LOCATION_SECRET", "short"),
        ("ENCRYPTION_KEYS", "main:" + "k" * 40),
        ("ENCRYPTION_KEYS", "main:changeme-Random-text-0123456789-abcdef"),
        ("PAYMENT_PROVIDERS", "sandbox"),
        ("PAYMENT_PROVIDERS", "stripe,sandbox"),
        ("PAYMENT_PROVIDERS", "paypal"),
        ("FLASK_DEBUG", "1"),
        ("FRONTEND_URL", "http://stays.example"),
        ("PUBLIC_URL", "http://api.stays.example"),
        ("PUBLIC_URL", ""),
        ("TRUSTED_PROXIES", ""),
    ],
)
def test_case_64_production_refuses_what_is_only_good_for_trying_out(load, name, value):
    assert name in refused(load, **{**PRODUCTION, name: value})


def test_production_makes_no_secret_of_its_own(load, tmp_path):
    refused(load, **{**PRODUCTION, "SECRET_KEY": ""})

    assert not (tmp_path / "instance" / "secret.key").exists()


def test_case_64_production_keeps_its_rate_limits(load):
    assert load(**PRODUCTION, RATELIMIT_ENABLED="false").ratelimit_enabled
    assert not load(RATELIMIT_ENABLED="false").ratelimit_enabled


def test_the_fee_model_decides_who_pays(load):
    split = load(GUEST_FEE_BPS="1400", HOST_FEE_BPS="300")
    host_only = load(FEE_MODEL="host_only", HOST_ONLY_FEE_BPS="1550")

    assert (split.guest_fee_rate_bps, split.host_fee_rate_bps) == (1_400, 300)
    assert (host_only.guest_fee_rate_bps, host_only.host_fee_rate_bps) == (0, 1_550)


STRIPE = {
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
    "STRIPE_WEBHOOK_SECRETS": "whsec_1, whsec_2",
}


class TestStripe:
    def test_it_is_off_without_a_key_and_on_with_one(self, load):
        on = load(**STRIPE)

        assert load().stripe is None
        assert on.payment_providers == ("sandbox", "stripe")
        assert (on.stripe.webhook_secrets, on.stripe.api_base) == (("whsec_1", "whsec_2"), "https://api.stripe.com")
        assert load(**STRIPE, PAYMENT_PROVIDERS="sandbox").payment_providers == ("sandbox",)

    def test_its_secrets_are_not_shown(self, load):
        shown = repr(load(**STRIPE).stripe)

        assert "pk_test_1" in shown
        assert not any(secret in shown for secret in ("sk_test_1", "whsec_1", "whsec_2"))

    @pytest.mark.parametrize(
        "changes, named",
        [
            ({"STRIPE_PUBLISHABLE_KEY": "sk_test_1"}, "STRIPE_PUBLISHABLE_KEY"),
            ({"STRIPE_WEBHOOK_SECRETS": ""}, "STRIPE_WEBHOOK_SECRETS"),
            ({"STRIPE_WEBHOOK_SECRETS": "whsec_1,other"}, "STRIPE_WEBHOOK_SECRETS"),
            ({"STRIPE_SECRET_KEY": "sk_live_1"}, "STRIPE_SECRET_KEY must be a test key"),
            ({"STRIPE_API_BASE": "ftp://x"}, "STRIPE_API_BASE"),
            ({"STRIPE_SECRET_KEY": "", "PAYMENT_PROVIDERS": "stripe"}, "PAYMENT_PROVIDERS"),
        ],
    )
    def test_what_can_not_be_used_is_named(self, load, changes, named):
        assert named in refused(load, **{**STRIPE, **changes})

    def test_production_takes_live_keys_and_stripes_own_address_only(self, load):
        live = {**PRODUCTION, **STRIPE, "STRIPE_SECRET_KEY": "sk_live_1"}

        assert load(**live).payment_providers == ("stripe",)
        assert "STRIPE_SECRET_KEY must be a live key" in refused(load, **PRODUCTION, **STRIPE)
        assert "STRIPE_API_BASE" in refused(load, **live, STRIPE_API_BASE="http://127.0.0.1:1")


PAYPAL = {"PAYPAL_CLIENT_ID": "app-1", "PAYPAL_CLIENT_SECRET": "hush", "PAYPAL_WEBHOOK_ID": "8PT597110X, 0EH40505U7"}


class TestPayPal:
    def test_it_is_off_without_a_client_id_and_on_with_one(self, load):
        on = load(**PAYPAL)

        assert load().paypal is None
        assert on.payment_providers == ("sandbox", "paypal")
        assert load(**PAYPAL, **STRIPE).payment_providers == ("sandbox", "stripe", "paypal")
        assert (on.paypal.webhook_ids, on.paypal.api_base) == (
            ("8PT597110X", "0EH40505U7"),
            "https://api-m.sandbox.paypal.com",
        )
        assert load(**PAYPAL, PAYMENT_PROVIDERS="sandbox").payment_providers == ("sandbox",)

    def test_its_secret_is_not_shown(self, load):
        assert "hush" not in repr(load(**PAYPAL).paypal)

    @pytest.mark.parametrize(
        "changes, named",
        [
            ({"PAYPAL_CLIENT_SECRET": ""}, "PAYPAL_CLIENT_SECRET"),
            ({"PAYPAL_WEBHOOK_ID": ""}, "PAYPAL_WEBHOOK_ID"),
            ({"PAYPAL_API_BASE": "ftp://x"}, "PAYPAL_API_BASE"),
            ({"PAYPAL_API_BASE": "https://api-m.paypal.com"}, "PAYPAL_API_BASE"),
            ({"PAYPAL_CLIENT_ID": "", "PAYMENT_PROVIDERS": "paypal"}, "PAYMENT_PROVIDERS"),
        ],
    )
    def test_what_can_not_be_used_is_named(self, load, changes, named):
        assert named in refused(load, **{**PAYPAL, **changes})

    def test_production_uses_paypals_live_address_only(self, load):
        assert load(**PRODUCTION, **PAYPAL).paypal.api_base == "https://api-m.paypal.com"
        assert "PAYPAL_API_BASE" in refused(load, **PRODUCTION, **PAYPAL, PAYPAL_API_BASE="http://127.0.0.1:1")


def test_telling_sentry_needs_its_package(load, monkeypatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)

    message = refused(load, SENTRY_DSN="https://public@sentry.example/1")

    assert "SENTRY_DSN needs a package: pip install 'sentry-sdk>=2.75,<3'" in message
    assert "public" not in message
    assert load().sentry_dsn is None


def test_an_address_of_sentry_is_taken_where_the_package_is(load, monkeypatch):
    package = ModuleType("sentry_sdk")
    package.__spec__ = ModuleSpec("sentry_sdk", loader=None)
    monkeypatch.setitem(sys.modules, "sentry_sdk", package)

    assert load(SENTRY_DSN="https://public@sentry.example/1").sentry_dsn == "https://public@sentry.example/1"
    assert "SENTRY_DSN must begin with one of http://, https://" in refused(load, SENTRY_DSN="sentry.example")
