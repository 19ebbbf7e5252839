"""What providers tell is read with care, and the proof of a code is PKCE's."""

import pytest

from airbnb.domain.identities import SignInProblem, SignInRefused, facebook_profile, google_profile, proves, s256


def test_the_challenge_is_that_of_the_standards_example():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B

    assert s256(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert proves(verifier, s256(verifier))
    assert not proves(verifier + "x", s256(verifier))
    assert not proves(s256(verifier), s256(verifier))


@pytest.mark.parametrize("subject", [None, "", 7, "x" * 256, "ünicode", ["a"], {}])
def test_somebody_without_a_usable_id_is_nobody(subject):
    for read in (
        lambda: google_profile({"sub": subject}),
        lambda: facebook_profile({"id": subject}, trusts_email=True),
    ):
        with pytest.raises(SignInRefused) as refused:
            read()
        assert refused.value.problem is SignInProblem.PROVIDER_ERROR


@pytest.mark.parametrize("value, vouched", [(True, True), (False, False), (None, False), ("true", False), (1, False)])
def test_only_a_plain_yes_vouches_for_an_address(value, vouched):
    claims = {"sub": "1", "email": "a@b.test", "email_verified": value}

    assert google_profile(claims).email_verified is vouched


@pytest.mark.parametrize("trusts", [True, False])
def test_facebooks_addresses_are_worth_what_the_operator_says(trusts):
    answer = {"id": "1", "email": "a@b.test", "verified": True}

    assert facebook_profile(answer, trusts_email=trusts).email_verified is trusts


@pytest.mark.parametrize(
    "told, kept",
    [
        ("Ana", "Ana"),
        ("  Ana\n\tMaria ", "Ana Maria"),
        ("Ana\u202eevil", "Ana evil"),
        ("x" * 200, "x" * 80),
        ("山田", "山田"),
        (None, ""),
        (7, ""),
    ],
)
def test_names_are_made_fit_to_be_shown(told, kept):
    assert google_profile({"sub": "1", "given_name": told}).first_name == kept
    assert facebook_profile({"id": "1", "last_name": told}, trusts_email=False).last_name == kept
