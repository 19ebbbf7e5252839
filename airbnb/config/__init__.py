"""Settings: read once from the environment, validated, and refused with one clear message.

Every variable is named in ``.env.example``. Nothing else in the product reads the environment.
"""

from airbnb.config.loading import load_settings, prepare_oauthlib, refused_in_production
from airbnb.config.reader import ConfigError
from airbnb.config.settings import AppEnv, ListingReview, PayoutAnchor, Settings

__all__ = [
    "AppEnv",
    "ConfigError",
    "ListingReview",
    "PayoutAnchor",
    "Settings",
    "load_settings",
    "prepare_oauthlib",
    "refused_in_production",
]
