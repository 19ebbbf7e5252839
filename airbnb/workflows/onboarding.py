"""Hosts whom the provider itself checks: an account there, the link to its questions, and what it says of them.

The account is opened once: our row names it before the call, and an account whose answer got lost is found by that.
"""

from functools import partial

from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.errors import NotFound
from airbnb.domain.payout_errors import OnboardingUnavailable, ProviderUnavailable
from airbnb.integrations.payments import GatewayError
from airbnb.integrations.payments.abilities import AccountRequest, OnboardingGateway, OnboardingLink
from airbnb.models.payouts import PayoutAccount
from airbnb.queries import payouts as queries
from airbnb.queries.users import get_user
from airbnb.services import payout_accounts as services
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows import outside
from airbnb.workflows.payment_outcomes import CLOCKS_APART


def onboarding_link(user_id: int, *, return_url: str, refresh_url: str) -> OnboardingLink:
    """Return a link by which a host tells their provider who they are; opens the account there if there is none.

    Raises: NotFound without a payout account; OnboardingUnavailable; ProviderUnavailable.
    """
    with reading() as session:
        account = queries.find_account(session, user_id)
        if account is None:
            raise NotFound()
        email, provider_ref = get_user(session, user_id).email, services.provider_account(account)
    gateway = _gateway(account)
    if gateway is None:
        raise OnboardingUnavailable()
    try:
        if provider_ref is None:
            provider_ref = _open_account(gateway, account, email)
        return gateway.make_onboarding_link(provider_ref, return_url=return_url, refresh_url=refresh_url)
    except GatewayError as error:
        raise ProviderUnavailable() from error


def refresh_account(account_id: int) -> None:
    """Ask the provider whether a host is verified, and note it; other ways to be paid are left alone."""
    with reading() as session:
        account = queries.find_account_by_id(session, account_id)
        provider_ref = None if account is None else services.provider_account(account)
    gateway = None if account is None else _gateway(account)
    if gateway is None or provider_ref is None:
        return
    there = gateway.get_account(provider_ref)

    def work(session: Session) -> None:
        services.note_verified(
            session, account_id, provider_ref=provider_ref, is_verified=there.is_verified, now=clock.now()
        )

    in_transaction(work)


def _open_account(gateway: OnboardingGateway, account: PayoutAccount, email: str) -> str:
    reference = str(account.id)
    # An account of the time before the host went to another provider and back stays behind: it isn't asked about.
    there = gateway.find_account(reference, since=account.changed_at - CLOCKS_APART)
    if there is None or account.country_code not in (None, there.country_code):
        there = gateway.create_account(
            AccountRequest(
                reference=reference,
                email=email,
                idempotency_key=_key_of(account),
                country_code=account.country_code,
            )
        )
    note = partial(services.note_provider_account, account_id=account.id, provider_ref=there.provider_ref)
    return in_transaction(note)


def _key_of(account: PayoutAccount) -> str:
    """Return the key of opening an account: another choice of the host is another account."""
    return f"account:{account.id}:{int(account.changed_at.timestamp())}:{account.country_code or ''}"


def _gateway(account: PayoutAccount) -> OnboardingGateway | None:
    if account.method.value not in outside.gateway_names():
        return None
    gateway = outside.gateway(account.method)
    return gateway if isinstance(gateway, OnboardingGateway) else None
