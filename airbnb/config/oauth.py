"""Settings of sign-in through a provider: what they hold, and what is wrong with them."""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
#: Where providers are is known; only tests point elsewhere.
TEST_ADDRESSES = tuple(
    f"{provider}_OAUTH_{role}_URL" for provider in ("GOOGLE", "FACEBOOK") for role in ("AUTHORIZE", "TOKEN", "PROFILE")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthApp:
    """What a provider of sign-in gave this installation, and where the provider is."""

    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    token_url: str
    profile_url: str
    #: Whether an address counts as proved although the provider doesn't say so.
    trusts_email: bool = False

    @property
    def is_on(self) -> bool:
        """Whether people can sign in through the provider."""
        return bool(self.client_id and self.client_secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthSettings:
    """The providers, set up or not, and where in the frontend a sign-in may end."""

    google: OAuthApp
    facebook: OAuthApp
    redirect_uris: tuple[str, ...]


def oauth_problems(settings: OAuthSettings, *, is_production: bool) -> list[str]:
    """Return what is wrong, each with the variable's name."""
    is_needed = settings.google.is_on or settings.facebook.is_on
    return [
        *_app_problems("google", settings.google),
        *_app_problems("facebook", settings.facebook),
        *_redirect_problems(settings.redirect_uris, is_needed=is_needed, is_production=is_production),
    ]


def _app_problems(provider: str, app: OAuthApp) -> list[str]:
    prefix, problems = f"{provider.upper()}_OAUTH", []
    if bool(app.client_id) != bool(app.client_secret):
        problems.append(f"{prefix}_CLIENT_ID and {prefix}_CLIENT_SECRET must be set together")
    urls = {"AUTHORIZE": app.authorize_url, "TOKEN": app.token_url, "PROFILE": app.profile_url}
    return problems + [
        f"{prefix}_{role}_URL must be an https address, or http on this machine"
        for role, url in urls.items()
        if not _is_private(url)
    ]


def _redirect_problems(uris: tuple[str, ...], *, is_needed: bool, is_production: bool) -> list[str]:
    problems = ["OAUTH_REDIRECT_URIS must name where a sign-in ends"] if is_needed and not uris else []
    for uri in uris:
        parts = _split(uri)
        is_whole = parts.scheme in {"http", "https"} and parts.hostname and "#" not in uri and "@" not in parts.netloc
        if not is_whole or (is_production and parts.scheme != "https"):
            problems.append("OAUTH_REDIRECT_URIS must be whole addresses without fragments, https in production")
    return problems


def _is_private(url: str) -> bool:
    """Whether what is sent to an address can't be read on the way."""
    parts = _split(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")  # such as a bracket that is never closed: not an address
