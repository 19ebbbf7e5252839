"""What an operator can set: the settings as the product sees them, frozen."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from airbnb.config.mail import MailSettings
from airbnb.config.oauth import OAuthSettings
from airbnb.config.payments import PayPalSettings, StripeSettings
from airbnb.config.storage import StorageSettings
from airbnb.domain.fees import FeeModelKind


class AppEnv(StrEnum):
    """Where the product runs; production refuses what is only good for trying out."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class ListingReview(StrEnum):
    """Which listings staff look at before they are published."""

    OFF = "off"
    FIRST = "first"
    ALL = "all"


class PayoutAnchor(StrEnum):
    """The moment from which the payout delay counts."""

    COMPLETED = "completed"
    CHECK_IN = "check_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator can set; secrets are kept out of the representation."""

    app_env: AppEnv
    instance_path: Path
    port: int
    secret_key: str
    jwt_keys: tuple[tuple[str, str], ...]
    location_secret: str
    encryption_keys: tuple[tuple[str, str], ...]
    quote_secret: str
    database_url: str
    redis_url: str | None
    celery_broker_url: str
    storage: StorageSettings
    mail: MailSettings
    frontend_url: str
    public_url: str
    cors_origins: tuple[str, ...]
    trusted_proxies: int
    ratelimit_enabled: bool
    log_level: str
    sentry_dsn: str | None
    stream_limit: int
    metrics_token: str
    metrics_folder: str | None
    document_issuer: str
    default_locale: str
    default_currency: str
    listing_review: ListingReview
    mask_contacts: bool
    fee_model: FeeModelKind
    guest_fee_bps: int
    host_fee_bps: int
    host_only_fee_bps: int
    fx_margin_bps: int
    rates_url: str
    payout_anchor: PayoutAnchor
    payout_delay: timedelta
    payout_minimum_minor: int
    approval_above_minor: int
    payment_providers: tuple[str, ...]
    stripe: StripeSettings | None
    paypal: PayPalSettings | None
    sandbox_webhook_secret: str
    access_token_lifetime: timedelta
    refresh_token_lifetime: timedelta
    staff_idle: timedelta
    staff_needs_totp: bool
    oauth: OAuthSettings

    def __repr__(self) -> str:
        return f"Settings(app_env={self.app_env}, instance_path={self.instance_path})"

    @property
    def is_production(self) -> bool:
        """Whether real people and real money are behind this process."""
        return self.app_env is AppEnv.PRODUCTION

    @property
    def host_fee_rate_bps(self) -> int:
        """Basis points of the host subtotal that the host pays under the fee model in force."""
        return self.host_only_fee_bps if self.fee_model is FeeModelKind.HOST_ONLY else self.host_fee_bps

    @property
    def guest_fee_rate_bps(self) -> int:
        """Basis points of the host subtotal that the guest pays under the fee model in force."""
        return 0 if self.fee_model is FeeModelKind.HOST_ONLY else self.guest_fee_bps
