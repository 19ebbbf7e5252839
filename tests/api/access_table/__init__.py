"""Who may call what: one row a route, written by hand from the contract, and what everybody else is answered.

Objects belong to ``guest`` or ``host``; ``other_guest`` and ``other_host`` have the same roles and own nothing of it.
"""

from tests.api.access_table.accounts import ACCOUNTS
from tests.api.access_table.bookings import BOOKINGS
from tests.api.access_table.listings import LISTINGS
from tests.api.access_table.people import PEOPLE

API = [*ACCOUNTS, *LISTINGS, *BOOKINGS, *PEOPLE]
