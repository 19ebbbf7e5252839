"""What Prometheus reads: figures of the database and counts of the processes, for those who know the token."""

import hmac
from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, abort, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from airbnb import metrics as counts
from airbnb.domain import clock
from airbnb.extensions import current_settings
from airbnb.queries.gauges import read_gauges
from airbnb.unit_of_work import reading

bp = Blueprint("metrics", __name__)


class DatabaseFigures(Collector):
    """Gauges that are read when they are asked for, so that every process answers the same."""

    def collect(self) -> Iterator[Metric]:
        """Yield every figure of the database as it is now."""
        with reading() as session:
            for gauge in read_gauges(session, now=clock.now()):
                family = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
                for labels, value in gauge.value if isinstance(gauge.value, Sequence) else [((), gauge.value)]:
                    family.add_metric(labels, value)
                yield family


@bp.get("/metrics")
def show_metrics() -> Response:
    """Answer in Prometheus's text format; without the right token the page does not exist."""
    settings = current_settings()
    sent = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.metrics_token}"
    if not settings.metrics_token or not hmac.compare_digest(sent.encode(), wanted.encode()):
        abort(404)
    figures = CollectorRegistry()
    figures.register(DatabaseFigures())
    text = generate_latest(counts.counted(settings.metrics_folder)) + generate_latest(figures)
    return Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


show_metrics.__dict__["__access__"] = "public"
