"""The events that integrators are sent, as the OpenAPI document lists them."""

from apispec import APISpec

from airbnb.domain.webhook_events import WebhookType
from airbnb.schemas.webhook_endpoints import WebhookMessageSchema

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def describe_webhooks(spec: APISpec) -> None:
    """Add every event to the document's ``webhooks``, signed as docs/webhooks.md says."""
    spec.components.schema("WebhookMessage", schema=WebhookMessageSchema)
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WebhookMessage"}}},
    }
    headers = [{"in": "header", "name": name, "required": True, "schema": {"type": "string"}} for name in HEADERS]
    spec.options["webhooks"] = {
        event.value: {
            "post": {
                "summary": f"Sent after `{event}`",
                "parameters": headers,
                "requestBody": body,
                "responses": {"2XX": {"description": "Received; everything else is tried again for three days"}},
            }
        }
        for event in WebhookType
    }
