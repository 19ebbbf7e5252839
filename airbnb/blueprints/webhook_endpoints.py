"""Webhooks for integrators: where hosts and staff want to be told, with which secret, and how that went."""

from typing import Any

from sqlalchemy.orm import Session

from airbnb.blueprints.http.api import PREFIX, Blueprint
from airbnb.blueprints.http.identity import current_user, requires
from airbnb.blueprints.http.paging import envelope, page_request
from airbnb.domain import clock
from airbnb.domain.permissions import Permission
from airbnb.domain.webhook_events import message_id_of
from airbnb.queries import webhook_endpoints as queries
from airbnb.schemas.paging import PageArgs, page_of
from airbnb.schemas.webhook_endpoints import (
    DeliverySchema,
    EndpointCreateSchema,
    EndpointPatchSchema,
    EndpointSchema,
    EndpointSecretSchema,
    shown_delivery,
    shown_endpoint,
)
from airbnb.services import webhook_endpoints as services
from airbnb.unit_of_work import in_transaction, reading

bp = Blueprint("webhook_endpoints", __name__, description="Webhooks for integrators")

INTEGRATORS = (Permission.MANAGE_OWN_LISTINGS, Permission.SEE_BOOKINGS)
ENDPOINT = "/webhook-endpoints/<id:endpoint_id>"


@bp.route("/webhook-endpoints", methods=["GET"])
@requires(*INTEGRATORS)
@bp.arguments(PageArgs, location="query")
@bp.response(200, page_of(EndpointSchema))
def list_webhook_endpoints(args: dict[str, Any]) -> dict[str, Any]:
    """List the caller's endpoints, newest first."""
    with reading() as session:
        page = queries.list_endpoints(session, current_user.id, page_request(args))
    return {**envelope(page, args), "data": [shown_endpoint(one) for one in page.items]}


@bp.route("/webhook-endpoints", methods=["POST"])
@requires(*INTEGRATORS)
@bp.arguments(EndpointCreateSchema)
@bp.response(201, EndpointSecretSchema)
@bp.alt_response(409, "CONFLICT")
def add_webhook_endpoint(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Add an endpoint; its secret is shown this once. Staff are told of all bookings, hosts of their own."""
    owner_id, sees_all = current_user.id, current_user.may(Permission.SEE_BOOKINGS)

    def work(session: Session) -> dict[str, Any]:
        made, secret = services.add_endpoint(session, owner_id, sees_all=sees_all, now=clock.now(), **body)
        return shown_endpoint(made, secret)

    shown = in_transaction(work)
    return shown, 201, {"Location": f"{PREFIX}/webhook-endpoints/{shown['id']}"}


@bp.route(ENDPOINT, methods=["PATCH"])
@requires(*INTEGRATORS)
@bp.arguments(EndpointPatchSchema)
@bp.response(200, EndpointSchema)
@bp.alt_response(404, "NOT_FOUND")
def change_webhook_endpoint(body: dict[str, Any], endpoint_id: int) -> dict[str, Any]:
    """Change an endpoint, or switch it off and on."""
    owner_id = current_user.id

    def work(session: Session) -> dict[str, Any]:
        endpoint = queries.get_endpoint_for(session, endpoint_id, owner_id, lock=True)
        return shown_endpoint(services.change_endpoint(session, endpoint, body, now=clock.now()))

    return in_transaction(work)


@bp.route(ENDPOINT, methods=["DELETE"])
@requires(*INTEGRATORS)
@bp.response(204)
@bp.alt_response(404, "NOT_FOUND")
def delete_webhook_endpoint(endpoint_id: int) -> None:
    """Remove an endpoint and its messages."""
    owner_id = current_user.id
    in_transaction(lambda session: session.delete(queries.get_endpoint_for(session, endpoint_id, owner_id, lock=True)))


@bp.route(f"{ENDPOINT}/rotate-secret", methods=["POST"])
@requires(*INTEGRATORS)
@bp.response(200, EndpointSecretSchema)
@bp.alt_response(404, "NOT_FOUND")
def rotate_webhook_secret(endpoint_id: int) -> dict[str, Any]:
    """Make a new secret, shown this once; for a day messages are signed with the old one as well."""
    owner_id = current_user.id

    def work(session: Session) -> dict[str, Any]:
        endpoint = queries.get_endpoint_for(session, endpoint_id, owner_id, lock=True)
        return shown_endpoint(endpoint, services.rotate_secret(session, endpoint, now=clock.now()))

    return in_transaction(work)


@bp.route(f"{ENDPOINT}/deliveries", methods=["GET"])
@requires(*INTEGRATORS)
@bp.arguments(PageArgs, location="query")
@bp.response(200, page_of(DeliverySchema))
@bp.alt_response(404, "NOT_FOUND")
def list_webhook_deliveries(args: dict[str, Any], endpoint_id: int) -> dict[str, Any]:
    """List the messages to an endpoint and every try, newest first; they are kept for 30 days."""
    with reading() as session:
        queries.get_endpoint_for(session, endpoint_id, current_user.id)
        page = queries.list_deliveries(session, endpoint_id, page_request(args))
    shown = [shown_delivery(one, message_id_of(one.event_id)) for one in page.items]
    return {**envelope(page, args), "data": shown}


@bp.route("/webhook-deliveries/<id:delivery_id>/resend", methods=["POST"])
@requires(*INTEGRATORS)
@bp.response(202, DeliverySchema)
@bp.alt_response(404, "NOT_FOUND")
@bp.alt_response(409, "CONFLICT")
def resend_webhook_delivery(delivery_id: int) -> dict[str, Any]:
    """Send a message once more, under the same id."""
    owner_id = current_user.id

    def work(session: Session) -> dict[str, Any]:
        delivery = queries.get_delivery_for(session, delivery_id, owner_id)
        services.resend(session, delivery, now=clock.now())
        return shown_delivery(delivery, message_id_of(delivery.event_id))

    return in_transaction(work)
