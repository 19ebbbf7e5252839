"""What each process counts for Prometheus as it happens; where several processes serve, they share files of counts.

Figures that the database knows are read when they are asked for: see ``blueprints/metrics.py``.
"""

from prometheus_client import REGISTRY, CollectorRegistry, Counter
from prometheus_client.multiprocess import MultiProcessCollector

BOOKING_CONFLICTS = Counter(
    "airbnb_booking_conflicts",
    "Bookings refused because a night was taken: seen by the check, or only by the primary key at the last moment.",
    ("found_by",),
)


def counted(folder: str | None) -> CollectorRegistry:
    """Return what was counted: by this process, or by all that share ``folder``."""
    if folder is None:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    return registry
