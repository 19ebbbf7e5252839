"""The journey that ``make journey`` shows, with processes of its own."""

import re
import subprocess
import sys

import pytest

from tests.architecture.guards import ROOT


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_stay_by_stripe_and_one_by_paypal_are_paid_for_and_paid_out():
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.pay"], cwd=ROOT, capture_output=True, text=True, timeout=280
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("guest: books, and has to act requires_action") == 2
    assert done.stdout.count("host: is paid ") == 4  # by whom, and how much; once each
    kinds = re.findall(r"^  (\w+) ", done.stdout, re.MULTILINE)
    assert list(dict.fromkeys(kinds)) == [
        "payment_captured",
        "booking_confirmed",
        "booking_completed",
        "payout_started",
        "payout_paid",
    ]
    assert done.stdout.endswith("the providers' own books: everything agrees\n")
