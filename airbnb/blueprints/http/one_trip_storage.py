"""Counting a request and learning how many are left in one trip to Redis, where the library makes two."""

from typing import cast

import redis
from flask import g, has_app_context
from limits.storage import RedisStorage

from airbnb.blueprints.http import rides
from airbnb.domain import clock
from airbnb.redis_clients import SENTINEL_SCHEME, make_client, names_sentinels
from airbnb.shared_store import ask_together

PREFIX = "one-trip+"

#: Takes an entry unless the window is full, and tells the oldest entry in the window and how many there are.
ACQUIRE_AND_TELL = """
local now, limit, expiry, amount = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local acquired = 0
if amount <= limit then
    local blocking = redis.call('lindex', KEYS[1], limit - amount)
    if not (blocking and tonumber(blocking) >= now - expiry) then
        for i = 1, amount do
            redis.call('lpush', KEYS[1], ARGV[1])
        end
        redis.call('ltrim', KEYS[1], 0, limit - 1)
        redis.call('expire', KEYS[1], expiry)
        acquired = 1
    end
end
local low, high, oldest, count = 0, redis.call('llen', KEYS[1]) - 1, ARGV[1], 0
while low <= high do
    local middle = math.floor((low + high) / 2)
    local entry = redis.call('lindex', KEYS[1], middle)
    if tonumber(entry) >= now - expiry then
        oldest, count, low = entry, middle + 1, middle + 1
    else
        high = middle - 1
    end
end
return {acquired, oldest, count}
"""


class OneTripRedisStorage(RedisStorage):
    """Redis for moving windows; what was learned with a hit answers the question after it, within one request."""

    STORAGE_SCHEME = [f"{PREFIX}{scheme}" for scheme in ("redis", "rediss", "redis+unix", SENTINEL_SCHEME)]

    def __init__(self, uri: str, **options: float | str | bool) -> None:
        address = uri.removeprefix(PREFIX)
        if names_sentinels(address):
            # The library has a class of its own for sentinels; what it adds to this one is only the pool.
            pool = make_client(address, **options).connection_pool
            super().__init__(address, connection_pool=pool)
        else:
            super().__init__(address, **options)  # type: ignore[arg-type]  # passed on to the client
        self._acquire_and_tell = self.get_connection().register_script(ACQUIRE_AND_TELL.encode())

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take an entry if there is room, and keep what the window looks like for this request."""
        now = repr(clock.now().timestamp())
        acquired, oldest, count = self._ask(self.prefixed_key(key), (now, limit, expiry, amount))
        if has_app_context():
            g.setdefault("rate_windows", {})[key] = (float(oldest), int(count))
        return bool(acquired)

    def _ask(self, key: str, args: tuple[str | int, ...]) -> tuple[int, bytes, int]:
        along = rides.board()
        if not along:
            return cast("tuple[int, bytes, int]", self._acquire_and_tell([key], args))
        client = cast(redis.Redis, self.get_connection())
        answer, *others = ask_together(client, [("EVAL", ACQUIRE_AND_TELL, 1, key, *args), *along])
        if isinstance(answer, Exception):
            raise answer
        rides.arrive(others)
        return cast("tuple[int, bytes, int]", answer)

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return the start of the window and the entries in it, without a trip where the hit has just told them."""
        known = g.get("rate_windows", {}).get(key) if has_app_context() else None
        return cast("tuple[float, int]", known or super().get_moving_window(key, limit, expiry))
