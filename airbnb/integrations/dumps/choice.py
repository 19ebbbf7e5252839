"""Which dumper a database needs."""

from sqlalchemy.engine import make_url

from airbnb.integrations.dumps.mysql import MySQLDumper
from airbnb.integrations.dumps.protocol import Dumper
from airbnb.integrations.dumps.sqlite import SQLiteDumper


def make_dumper(database_url: str) -> Dumper:
    """Return what saves and loads the database of this address; nothing is opened yet."""
    url = make_url(database_url)
    return SQLiteDumper(url) if url.get_backend_name() == "sqlite" else MySQLDumper(url)
