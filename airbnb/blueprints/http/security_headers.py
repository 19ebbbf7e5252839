"""What browsers are told about each area of the product: what it may load, who may frame it, and to insist on TLS."""

from typing import NamedTuple

from flask import Response, request

API = "/api/"
LOCKED = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
#: No camera, place or payment dialog is ever asked for by a page of ours.
NO_FEATURES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
#: A year; what stands under the API's name is served with TLS alone.
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


class Area(NamedTuple):
    """A part of the address space and what its answers say unless the view says more."""

    prefix: str
    headers: dict[str, str]


PAGE = {"Content-Security-Policy": LOCKED, "Permissions-Policy": NO_FEATURES}
#: The first prefix that fits counts; pages that load something send a policy of their own.
AREAS = (
    Area("/api/v1/docs", {**PAGE, "Cross-Origin-Opener-Policy": "same-origin"}),
    Area(
        API,
        {
            "Content-Security-Policy": LOCKED,
            "Cache-Control": "private, no-cache",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    ),
    Area(
        "/admin", {**PAGE, "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"}
    ),
    # Frontends on other origins show these pictures.
    Area("/files/", {"Content-Security-Policy": f"{LOCKED}; sandbox", "Cross-Origin-Resource-Policy": "cross-origin"}),
    Area("/", PAGE),
)


def add_to(response: Response, *, is_production: bool) -> None:
    """Add what the area of the request says to its answer, where the view has not said it already."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    for name, value in next(area.headers for area in AREAS if request.path.startswith(area.prefix)).items():
        headers.setdefault(name, value)
    if is_production:
        headers["Strict-Transport-Security"] = STRICT_TRANSPORT
