"""What a frontend needs to know before anybody signs in."""

from typing import Any

from airbnb.blueprints.http.api import Blueprint
from airbnb.blueprints.http.etags import name_etag
from airbnb.blueprints.http.identity import public
from airbnb.domain.currencies import EXPONENTS
from airbnb.domain.kinds import Provider
from airbnb.domain.uploads import MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, PICTURE_TYPES
from airbnb.extensions import babel, current_settings
from airbnb.schemas.frontend_config import FrontendConfigSchema
from airbnb.workflows.outside import gateway_names, sign_in_provider_names

bp = Blueprint("frontend_config", __name__, url_prefix="/config", description="What a frontend needs at start")


@bp.route("", methods=["GET"])
@public
@bp.response(200, FrontendConfigSchema)
def show_config() -> dict[str, Any]:
    """Show how to sign in, what can be paid with, in which currencies and languages, and what may be uploaded."""
    config: dict[str, Any] = {
        "payment_methods": sorted(gateway_names()),
        "oauth_providers": sorted(sign_in_provider_names()),
        "currencies": sorted(EXPONENTS),
        "locales": _locales(),
        "upload_limits": {
            "picture": {
                "max_bytes": MAX_PICTURE_BYTES,
                "max_pixels": MAX_PICTURE_PIXELS,
                "types": list(PICTURE_TYPES),
            }
        },
        "legal_documents": [],
    }
    stripe, paypal = current_settings().stripe, current_settings().paypal
    if stripe is not None and Provider.STRIPE in gateway_names():
        config["stripe_publishable_key"] = stripe.publishable_key
    if paypal is not None and Provider.PAYPAL in gateway_names():
        config["paypal_client_id"] = paypal.client_id
    name_etag("config", config)
    return config


def _locales() -> list[str]:
    translated = {str(locale).replace("_", "-") for locale in babel.list_translations()}
    return sorted(translated | {current_settings().default_locale})
