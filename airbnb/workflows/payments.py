"""What a payer can ask of a payment: that the provider be asked where it stands."""

from airbnb.integrations.payments import GatewayError
from airbnb.queries import payments as queries
from airbnb.unit_of_work import reading
from airbnb.workflows.payment_outcomes import refresh_payment


def sync_payment(payment_id: int, *, user_id: int) -> None:
    """Ask the provider where a payment stands and apply it, as its webhook would; a silent provider changes nothing.

    Idempotent.
    Raises: NotFound for everybody but the payer.
    """
    with reading() as session:
        queries.get_payment_for(session, payment_id, user_id=user_id, is_staff=False)
    try:
        refresh_payment(payment_id)
    except GatewayError:
        # The sweep asks again; what we know is what the payer is shown.
        return
