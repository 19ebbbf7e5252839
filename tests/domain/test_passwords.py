"""Which passwords are good enough."""

import pytest

from airbnb.domain.passwords import is_pattern, is_usual, password_problems
from airbnb.services.passwords import known_passwords

EMAIL = "ana.silva@example.test"


@pytest.mark.parametrize(
    "password",
    [
        "violet-harbour-91",
        "correct horse battery staple",
        "Tr0ub4dor&3-and-more",
        "日本語のパスワードです",
        "alex8837261940x",
        "a1b2c3-not-usual",
    ],
)
def test_an_unusual_password_is_good(password):
    assert password_problems(password, email=EMAIL, known=known_passwords()) == []


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "0987654321",
        "qwertyuiop",
        "1qaz2wsx3edc",
        "abcdefghijkl",
        "aaaaaaaaaaaa",
        "abababababab",
        "passwordpassword",
        "password123456",
        "Password2026!",
        "P@ssw0rd2024!",
        "123456password",
        "letmein1234567890",
        "iloveyou!!!!",
        "Liverpool2019",
        "jennifer1985",
        EMAIL,
        "ana.silva",
        EMAIL.upper(),
        "ANA.SILVA@example.test",
        "short-91",
        "x" * 129,
        "",
    ],
)
def test_a_usual_short_or_guessable_password_is_not(password):
    assert password_problems(password, email=EMAIL, known=known_passwords())


def test_the_local_part_of_the_address_is_no_password():
    assert password_problems("harbour-violet", email="Harbour-Violet@example.test", known=frozenset())


def test_the_list_knows_more_than_ten_thousand_passwords():
    known = known_passwords()

    assert len(known) > 10_000
    words = [word for word in known if word.isalpha()]
    assert all(is_usual(f"{word.title()}2026!", known) for word in words)
    assert len(words) > 10_000


def test_a_pattern_needs_no_list():
    assert is_pattern("7778887778")
    assert not is_pattern("7778889990")
    assert is_usual("mnbvcxzlkjhg", frozenset())
