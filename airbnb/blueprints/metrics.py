"""What Prometheus reads: figures of the database and counts of the processes, for those who know the token."""

import hmac
from collections.abc import Iterator

from flask import Blueprint, Response, abort, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from airbnb import metrics as counts
from airbnb.domain import clock
from airbnb.extensions import current_settings
from airbnb.queries.audit_runs import list_latest_runs
from airbnb.queries.night_audit import count_overdue_holds
from airbnb.unit_of_work import reading

bp = Blueprint("metrics", __name__)


class DatabaseFigures(Collector):
    """Gauges that are read when they are asked for, so that every process answers the same."""

    def collect(self) -> Iterator[Metric]:
        """Yield the latest result of each audit, and how many holds should have ended."""
        faults = GaugeMetricFamily("airbnb_audit_faults", "Faults that the latest run found.", labels=("audit",))
        ran_at = GaugeMetricFamily(
            "airbnb_audit_run_timestamp_seconds", "When the latest run began, in seconds since 1970.", labels=("audit",)
        )
        overdue = GaugeMetricFamily("airbnb_holds_overdue", "Unpaid stays that keep their nights past their time.")
        with reading() as session:
            for run in list_latest_runs(session):
                faults.add_metric((run.name,), run.faults)
                ran_at.add_metric((run.name,), run.ran_at.timestamp())
            overdue.add_metric((), count_overdue_holds(session, due_before=clock.now()))
        yield from (faults, ran_at, overdue)


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
