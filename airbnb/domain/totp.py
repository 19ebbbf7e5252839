"""Codes of an authenticator app and codes on paper: which are good, and how they are written."""

import hmac
import re
import secrets
from datetime import datetime

import pyotp

from airbnb.domain.ids import CODE_ALPHABET

ISSUER = "Stays"
STEP_S = 30
#: Clocks of phones are a little off: the code before and the one after are taken too.
STEPS_AROUND = 1
RECOVERY_CODES = 10
_RECOVERY_LENGTH = 16  # of 30 letters and digits: 78 bits, so a plain hash keeps them
_GROUP = 4
_TOTP_CODE = re.compile(r"[0-9]{6}")
_BETWEEN = re.compile(r"[\s-]+")


def new_secret() -> str:
    """Return a secret of 160 bits in base 32, for an authenticator app."""
    return pyotp.random_base32()


def otpauth_url(secret: str, *, email: str) -> str:
    """Return what an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def is_totp_code(code: str) -> bool:
    """Whether a text has the form of an app's code."""
    return _TOTP_CODE.fullmatch(tidy_code(code)) is not None


def matching_step(secret: str, code: str, *, now: datetime, after_step: int) -> int | None:
    """Return the 30-second step that a code is of, or None; steps up to ``after_step`` are spent. Source: RFC 6238."""
    generator, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    found = None
    for step in range(present - STEPS_AROUND, present + STEPS_AROUND + 1):
        # Every step is compared, so that the time tells nothing.
        good = hmac.compare_digest(generator.generate_otp(step).encode(), tidy_code(code).encode())
        if good and step > after_step:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Return fresh recovery codes as they are shown to people: ``7K3M-Q9TD-…``."""
    return [
        _grouped("".join(secrets.choice(CODE_ALPHABET) for _ in range(_RECOVERY_LENGTH))) for _ in range(RECOVERY_CODES)
    ]


def tidy_code(code: str) -> str:
    """Return a code as it is compared: without blanks and dashes, in capitals."""
    return _BETWEEN.sub("", code).upper()


def _random_text() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(_RECOVERY_LENGTH))


def _grouped(text: str) -> str:
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))
