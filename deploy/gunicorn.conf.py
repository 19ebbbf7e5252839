"""How gunicorn serves the application: threads for the many short requests, bounded waits, logs on the terminal."""

import functools
import os
import shutil
import signal
import tempfile

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("WEB_THREADS", "16"))

# A worker that is silent for this long is replaced. Requests are far shorter; the slowest wait is the database's.
timeout = 60
# What is running may finish: shorter than the supervisor's patience of 30 s.
graceful_timeout = 25
keepalive = 5

# Request lines and headers beyond these sizes are refused before the application sees them.
limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 8190


# The heartbeat file belongs in memory: on a busy disk a healthy worker would look dead.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - a system folder; the file has no name
accesslog = None
errorlog = "-"
loglevel = "warning"
# Several instances of one user would share one control socket in the home folder.
control_socket_disable = True

# The workers of one instance count into files that they share, and /metrics adds them up. The library of the counters
# reads the variable when the application is loaded, which is after this file.
_own_folder = None
if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    _own_folder = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="airbnb-metrics-")


def post_worker_init(worker):
    """End open streams as soon as the worker is to stop: by themselves they would not."""
    streams = worker.wsgi.extensions["airbnb_streams"]
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, functools.partial(_stop_streams, streams.stop, signal.getsignal(number)))


def _stop_streams(stop, then, number, frame):
    stop()
    then(number, frame)


def on_exit(server):
    """Remove the counts of an instance that ends."""
    if _own_folder is not None:
        shutil.rmtree(_own_folder, ignore_errors=True)
