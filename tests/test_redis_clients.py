"""One address for Redis, of a server or of sentinels: read exactly, refused clearly, followed when the master dies."""

import pytest
import redis
from kombu import Connection

from airbnb.config import ConfigError, load_settings
from airbnb.redis_clients import broker_address, make_client, parse_sentinels
from airbnb.shared_store import SharedStore
from tests.faults.kept import wait
from tests.faults.watched_redis import watched_redis

SHORT = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "retry": None}


def test_an_address_of_sentinels_says_who_they_are_and_what_they_watch():
    found = parse_sentinels("redis+sentinel://one:p%40ss@a.internal:1,b.internal/stays?db=2&sentinel_password=hush")

    assert found.places == (("a.internal", 1), ("b.internal", 26379))
    assert (found.service, found.db) == ("stays", 2)
    assert found.account == {"username": "one", "password": "p@ss"}
    assert found.sentinel_account == {"password": "hush"}
    assert "p@ss" not in repr(found)
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel:///stays",
        "redis+sentinel://a:1",
        "redis+sentinel://a:1/",
        "redis+sentinel://a:1/stays/0",
        "redis+sentinel://a:x/stays",
        "redis+sentinel://a:1,,b:2/stays",
        "redis+sentinel://a:1/stays?db=one",
        "redis+sentinel://a:1/stays?ssl=true",
    ],
)
@pytest.mark.parametrize("name", ["REDIS_URL", "CELERY_BROKER_URL"])
def test_one_that_cannot_be_read_is_refused_at_the_start_without_its_password(tmp_path, name, url):
    with pytest.raises(ConfigError, match=f"{name} must be redis") as caught:
        load_settings({"INSTANCE_PATH": str(tmp_path), name: url.replace("//", "//:secret@", 1)})

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url, wanted",
    [
        ("redis://a:1/0", ("redis://a:1/0", {})),
        ("filesystem://", ("filesystem://", {})),
        ("redis+sentinel://a:1,b:2/stays", ("sentinel://a:1/0;sentinel://b:2/0", "stays")),
        ("redis+sentinel://:p%2Fw@a:1/stays?db=3", ("sentinel://:p%2Fw@a:1/3", "stays")),
    ],
)
def test_celery_gets_its_own_form(url, wanted):
    address, options = broker_address(url)

    assert (address, options and options["master_name"]) == wanted


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_when_the_master_dies_everybody_goes_on_with_its_replica(tmp_path):
    with watched_redis(tmp_path) as watched:
        client, store = make_client(watched.url, **SHORT), SharedStore(watched.url)
        address, options = broker_address(watched.url)
        client.set("kept", "yes")
        wait(lambda: client.wait(1, 100) == 1, within_s=10, what="the replica does not follow")
        dead = watched.master()
        dead.kill()

        wait(lambda: answers(client), within_s=30, what="nobody took over")

        assert watched.master() is not dead
        assert client.get("kept") == b"yes"
        assert store.ask(lambda own: own.get("kept")) == b"yes"
        with Connection(address, transport_options=options) as broker:
            broker.SimpleQueue("orders").put({"number": 1})
            assert broker.SimpleQueue("orders").get(timeout=5).payload == {"number": 1}
        watched.wait()  # the dead one is back, and follows
        assert watched.master() is not dead


def answers(client):
    try:
        return client.set("probe", "yes")
    except redis.RedisError:
        return False
