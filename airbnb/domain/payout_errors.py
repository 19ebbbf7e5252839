"""Refusals around where hosts are paid."""

from airbnb.domain.errors import DomainError


class OnboardingUnavailable(DomainError):
    """The host's way to be paid has no onboarding of its own."""

    code = "onboarding_unavailable"
    message = "This way to be paid needs no onboarding."


class ProviderUnavailable(DomainError):
    """The payment provider does not answer, or refuses us."""

    code = "provider_unavailable"
    message = "The payment provider cannot be reached. Please try again soon."
