"""What each process counts for Prometheus as it happens; where several processes serve, they share files of counts.

Figures that the database knows are read when they are asked for: see ``queries/gauges.py``.
"""

from contextvars import ContextVar

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

BOOKING_CONFLICTS = Counter(
    "airbnb_booking_conflicts",
    "Bookings refused because a night was taken: seen by the check, or only by the primary key at the last moment.",
    ("found_by",),
)
REQUEST_SECONDS = Histogram(
    "airbnb_request_seconds", "How long requests took, by route.", ("method", "route", "status"), buckets=SECONDS
)
REQUEST_STATEMENTS = Histogram(
    "airbnb_request_statements", "Statements that one request sent to the database.", buckets=(1, 2, 5, 10, 20, 40, 80)
)
PROBLEMS = Counter("airbnb_problems", "Answers that were a problem, by its stable code.", ("code",))
TASK_SECONDS = Histogram(
    "airbnb_task_seconds", "How long tasks took, by name and how they ended.", ("task", "outcome"), buckets=SECONDS
)
TRANSACTIONS_REPEATED = Counter(
    "airbnb_transactions_repeated", "Transactions repeated as a whole, by the database's error number.", ("error",)
)
OUTCOMES_UNKNOWN = Counter(
    "airbnb_outcomes_unknown", "Transactions whose COMMIT got no answer: their callers come back with their key."
)
#: Not gauges: those of processes that were killed would stay in the shared files.
POOL_IN_USE = Histogram(
    "airbnb_pool_in_use",
    "How many connections of a pool were in use when one was taken, that one included.",
    ("engine",),
    buckets=(1, 2, 4, 8, 12, 16, 20, 24, 28, 32),
)
POOL_OPENED = Counter("airbnb_pool_connections_opened", "Connections opened to the database.", ("engine",))
POOL_LOST = Counter(
    "airbnb_pool_connections_lost", "Connections thrown away because the server had gone or was unusable.", ("engine",)
)
CACHE_LOOKUPS = Counter("airbnb_cache_lookups", "Looks into what is kept in Redis.", ("cache", "outcome"))
SHARED_STORE_FAILURES = Counter(
    "airbnb_shared_store_failures", "Times that Redis did not answer and was left alone for a moment."
)
RATE_LIMITED = Counter("airbnb_rate_limited", "Requests refused by a limit, by its policy.", ("policy",))

_statements: ContextVar[list[int] | None] = ContextVar("statements", default=None)


def begin_request() -> None:
    """Count this request's statements from here on."""
    _statements.set([0])


def count_statement() -> None:
    """Count one statement, if it belongs to a request."""
    count = _statements.get()
    if count is not None:
        count[0] += 1


def end_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Put one answered request into the figures; its count of statements ends here."""
    REQUEST_SECONDS.labels(method, route, str(status)).observe(seconds)
    count = _statements.get()
    if count is not None:
        REQUEST_STATEMENTS.observe(count[0])
        _statements.set(None)


def counted(folder: str | None) -> CollectorRegistry:
    """Return what was counted: by this process, or by all that share ``folder``."""
    if folder is None:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    return registry
