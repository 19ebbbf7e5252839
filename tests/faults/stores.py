"""A database and a Redis that are killed and come back; the database keeps what it acknowledged."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests import servers
from tests.faults.kept import Kept, keeping, wait

#: What a server must do so that a commit that was acknowledged survives; the last word of an option counts.
DURABLE = ("--innodb-flush-log-at-trx-commit=1", "--innodb-doublewrite=ON")
UP_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Stores:
    """Both servers, and where they are."""

    database: Kept
    redis: Kept
    server_url: str
    redis_url: str
    sql_port: int
    redis_port: int

    def wait(self) -> None:
        """Wait until both answer."""
        wait(lambda: servers.answers_sql(self.sql_port), within_s=UP_WITHIN_S, what="the database did not come back")
        wait(lambda: servers.answers_redis(self.redis_port), within_s=UP_WITHIN_S, what="Redis did not come back")


@contextmanager
def own_stores() -> Iterator[Stores]:
    """Run a MariaDB and a Redis of this test's own."""
    with servers.private_folder() as folder:
        sql_port, redis_port = servers.free_port(), servers.free_port()
        database = [*servers.mariadb_command(folder, sql_port), *DURABLE]
        stores = Stores(
            database=Kept("database", database, {}, folder / "database.log"),
            redis=Kept("redis", servers.redis_command(folder, redis_port), {}, folder / "redis.log"),
            server_url=f"mysql+pymysql://root@127.0.0.1:{sql_port}",
            redis_url=f"redis://127.0.0.1:{redis_port}/0",
            sql_port=sql_port,
            redis_port=redis_port,
        )
        with keeping([stores.database, stores.redis]):
            stores.wait()
            yield stores
