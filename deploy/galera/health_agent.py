"""Answers 200 while the MariaDB node beside it may take writes, else 503 with the reason: what HAProxy asks.

``python deploy/galera/health_agent.py --listen 127.0.0.1:9200 --node 127.0.0.1:3306 [--user stays_health]``; the
password comes from NODE_PASSWORD. The user needs no rights at all. A port that is open says nothing: a node that lost
the others, or still catches up, takes connections and refuses or delays every statement.
"""

import argparse
import os
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pymysql

TIMEOUT_S = 1
WANTED = {"wsrep_cluster_status": "Primary", "wsrep_ready": "ON", "wsrep_local_state_comment": "Synced"}


def why_not(node: tuple[str, int], user: str) -> str:
    """Return what keeps the node from taking writes, or nothing."""
    waits = {"connect_timeout": TIMEOUT_S, "read_timeout": TIMEOUT_S, "write_timeout": TIMEOUT_S}
    try:
        place = {"host": node[0], "port": node[1], "user": user, "password": os.environ.get("NODE_PASSWORD", "")}
        with closing(pymysql.connect(**place, **waits)) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW GLOBAL STATUS LIKE 'wsrep_%'")
            status = dict(cursor.fetchall())
            cursor.execute("SHOW GLOBAL VARIABLES LIKE 'read_only'")
            is_read_only = cursor.fetchone()[1] == "ON"
    except pymysql.MySQLError as error:
        return f"does not answer: {error}"
    wrong = [f"{name} is {status.get(name)}" for name, value in WANTED.items() if status.get(name) != value]
    return "; ".join([*wrong, *(["is read-only"] if is_read_only else [])])


class Agent(BaseHTTPRequestHandler):
    """One question of the proxy."""

    node = ("127.0.0.1", 3306)
    user = "root"

    def do_GET(self) -> None:
        """Answer whether the node may take writes."""
        reason = why_not(self.node, self.user)
        body = f"{reason or 'takes writes'}\n".encode()
        self.send_response(503 if reason else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_OPTIONS = do_GET  # what HAProxy's httpchk sends unless told otherwise

    def log_message(self, *_: object) -> None:
        """Say nothing: the proxy asks twice a second."""


def address(text: str) -> tuple[str, int]:
    """Return host and port."""
    host, _, port = text.rpartition(":")
    return host, int(port)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", type=address, default=("127.0.0.1", 9200))
    parser.add_argument("--node", type=address, default=Agent.node)
    parser.add_argument("--user", default=Agent.user)
    options = parser.parse_args()
    Agent.node, Agent.user = options.node, options.user
    ThreadingHTTPServer(options.listen, Agent).serve_forever()


if __name__ == "__main__":
    main()
