"""How often what can be guessed may be tried."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class TryLimit:
    """At most so many tries within a window that begins with the first of them."""

    name: str
    most: int
    window: timedelta


#: Wrong passwords for one account from one address.
SIGN_IN_PAIR = TryLimit(name="sign_in_pair", most=10, window=timedelta(minutes=15))
#: Wrong passwords from one address, for whatever account: many people share an address, so it is wide.
SIGN_IN_ADDRESS = TryLimit(name="sign_in_address", most=100, window=timedelta(minutes=15))
#: Wrong passwords for one account from all addresses at which its owner was never signed in.
SIGN_IN_ACCOUNT = TryLimit(name="sign_in_account", most=50, window=timedelta(minutes=15))
#: Wrong codes of six digits: with three codes good at a time, five tries hit one of them once in 66,000 windows.
TOTP_CODE = TryLimit(name="totp_code", most=5, window=timedelta(minutes=15))
#: Wrong recovery codes; they are too long to be guessed, so this only keeps the noise down.
RECOVERY_CODE = TryLimit(name="recovery_code", most=20, window=timedelta(minutes=15))
#: The present password, asked for again of somebody who is signed in.
OWN_PASSWORD = TryLimit(name="own_password", most=10, window=timedelta(minutes=15))

LONGEST_WINDOW = max(
    limit.window for limit in (SIGN_IN_PAIR, SIGN_IN_ADDRESS, SIGN_IN_ACCOUNT, TOTP_CODE, RECOVERY_CODE, OWN_PASSWORD)
)
