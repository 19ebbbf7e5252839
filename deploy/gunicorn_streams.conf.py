"""How gunicorn serves the event streams alone: a greenlet each, so that thousands may stay open.

The rest is as in gunicorn.conf.py. Each open stream is a file descriptor: raise the limit (``ulimit -n``) with
STREAM_LIMIT.
"""

import os
import runpy
from pathlib import Path

import gevent

_shared = runpy.run_path(str(Path(__file__).with_name("gunicorn.conf.py")))
globals().update({name: value for name, value in _shared.items() if not name.startswith("__")})

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('STREAM_PORT') or os.environ.get('PORT', '8001')}"
worker_class = "gevent"
workers = int(os.environ.get("STREAM_CONCURRENCY", "1"))
os.environ.setdefault("STREAM_LIMIT", "10000")
# Tickets, probes and refusals need some too.
worker_connections = int(os.environ["STREAM_LIMIT"]) + 200


def post_worker_init(worker):
    """Answer each request on a stack of its own, which is gone while the stream waits.

    Python keeps the stack of a greenlet as large as it once was. Answering calls deep, and waiting does not.
    """
    _shared["stop_streams_first"](worker)
    answer = worker.wsgi.wsgi_app
    worker.wsgi.wsgi_app = lambda *request: gevent.spawn(answer, *request).get()
