"""Sealed texts open with the key that closed them, and with no other."""

import pytest

from airbnb.domain.sealing import UnreadableSecret, seal, sealing_prefix, unseal

OLD = (("2025", "an-old-key-of-more-than-32-characters"),)
NEW = (("2026", "a-new-key-of-more-than-32-characters-"),)
SECRET = {"iban": "DE89370400440532013000"}


def test_what_was_sealed_is_opened_again_and_hides_the_secret():
    sealed = seal(SECRET, OLD)

    assert unseal(sealed, OLD) == SECRET
    assert SECRET["iban"] not in sealed


def test_the_first_key_seals_and_all_open():
    sealed = seal(SECRET, OLD)
    ring = NEW + OLD

    assert unseal(sealed, ring) == SECRET
    assert seal(SECRET, ring).startswith(sealing_prefix(NEW))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-3] + "AAA",
        lambda text: text.replace("2025.", "2026."),
        lambda text: text.partition(".")[2],
        lambda text: "",
    ],
)
def test_a_text_that_was_altered_or_is_foreign_is_not_opened(spoil):
    with pytest.raises(UnreadableSecret):
        unseal(spoil(seal(SECRET, OLD)), OLD + NEW)
