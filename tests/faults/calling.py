"""An integrator is told of stays by webhooks while the worker that calls it dies."""

import json
import random
from collections import Counter

from sqlalchemy import select

from airbnb.domain.webhook_events import DeliveryState
from airbnb.models.webhook_endpoints import WebhookDelivery
from airbnb.queries.webhook_endpoints import ON_THE_WAY
from airbnb.unit_of_work import reading
from tests.fakes.webhook_receiver import is_genuine
from tests.faults.flows import Guest
from tests.faults.kept import wait
from tests.faults.site import Site

#: What a stay that is paid at once and canceled tells its host.
EVENTS = ["booking.confirmed", "payment.received", "booking.canceled", "payment.refunded"]
ARRIVES_WITHIN_S = 10.0


class Calling:
    """A host's own program is told of one or two stays that are booked, paid, canceled and refunded."""

    def __init__(self, site: Site, seed: random.Random) -> None:
        self.site, self.one = site, Guest(site, seed)
        self.stays = seed.randint(1, 2)
        body = {"url": f"http://hooks.example.com/{self.one.names[0]}", "events": EVENTS}
        answer = site.caller(0, self.one.host).send("POST", "/webhook-endpoints", body)
        assert answer.status == 201, answer.body
        self.endpoint_id, self.secret = int(answer.json["id"]), answer.json["secret"]
        self.may_repeat: set[int] = set()

    def act(self) -> None:
        booked = [self.one.book_another() for _ in range(self.stays)]
        for stay in booked:
            self.one.post_until_answered(f"/bookings/{stay['id']}/cancel", {}, f"cancel-{stay['id']}")

    def go_on(self) -> None:
        """Nobody has to do anything; what the dead worker had sent and not marked may come once more."""
        arrived = set(self._arrived())
        self.may_repeat = {one.event_id for one in self._deliveries() if one.state is DeliveryState.HELD} & arrived

    def wrong(self) -> list[str]:
        try:
            wait(self._is_told, within_s=ARRIVES_WITHIN_S, what="")
        except TimeoutError:
            left = [f"{one.event_id} {one.state.value}" for one in self._deliveries() if one.state in ON_THE_WAY]
            return [f"messages did not arrive: {left}"]
        return [*self._lost(), *self._doubled_or_late()]

    def _lost(self) -> list[str]:
        sent = self._deliveries()
        types = Counter(json.loads(one.body)["type"] for one in sent)
        wrong = [] if types == dict.fromkeys(EVENTS, self.stays) else [f"messages of {self.stays} stays: {types}"]
        strange = {one.event_id for one in sent} ^ set(self._arrived())
        return wrong + ([f"messages did not arrive, or are not ours: {sorted(strange)}"] if strange else [])

    def _doubled_or_late(self) -> list[str]:
        arrived = self._arrived()
        doubled = {event_id for event_id, times in Counter(arrived).items() if times > 1} - self.may_repeat
        wrong = [f"messages came twice that were marked: {sorted(doubled)}"] if doubled else []
        booking_of = {one.event_id: one.booking_id for one in self._deliveries()}
        for booking_id in {*booking_of.values()}:
            order = [event_id for event_id in arrived if booking_of.get(event_id) == booking_id]
            if order != sorted(order):
                wrong.append(f"messages of booking {booking_id} came in the order {order}")
        return wrong

    def _arrived(self) -> list[int]:
        """Return the ids of the events whose messages were signed with our secret, as they came."""
        return [
            int(headers["webhook-id"].removeprefix("evt_"))
            for headers, body in list(self.site.receiver.messages)
            if is_genuine(headers, body, self.secret, now=int(headers["webhook-timestamp"]))
        ]

    def _is_told(self) -> bool:
        return not any(one.state in ON_THE_WAY for one in self._deliveries())

    def _deliveries(self) -> list[WebhookDelivery]:
        with reading() as session:
            mine = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == self.endpoint_id)
            return list(session.scalars(mine))
