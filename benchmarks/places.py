"""``GET /places``: the time of a whole request in this process, for every beginning that people type on the way."""

from functools import partial

from benchmarks.measuring import print_spread, time_calls
from benchmarks.worlds import fresh_app
from tests import servers

TARGET_MS = 5.0
WORDS = (
    "Munich", "München", "Muenchen", "Koeln", "Lisboa", "Wien", "Firenze", "København", "Paris", "San Francisco",
    "Saint-Denis", "Santiago", "Dublin", "Newcastle", "Ankara", "Kyoto", "Мюнхен", "Αθήνα", "서울", "Xyzzy",
)  # fmt: skip
ROUNDS = 20


def run() -> list[str]:
    """Measure each beginning of each word, print the spread and return the target if it was missed."""
    beginnings = sorted({word[:length] for word in WORDS for length in range(1, len(word) + 1)})
    with servers.redis() as redis_url, fresh_app(redis_url=redis_url) as app:
        client = app.test_client()

        def complete(text: str) -> None:
            answer = client.get("/api/v1/places", query_string={"q": text})
            assert answer.status_code == 200, answer.text

        times = time_calls([partial(complete, text) for text in beginnings], rounds=ROUNDS)
    title = f"GET /places (SQLite, Redis), {len(beginnings)} beginnings, {ROUNDS} rounds"
    p95 = print_spread(title, times)
    return [f"{title}: p95 {p95:.1f} ms of CPU, wanted {TARGET_MS:.0f}"] if p95 > TARGET_MS else []
