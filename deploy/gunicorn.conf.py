"""How gunicorn serves the application: threads for the many short requests, bounded waits, logs on the terminal."""

import functools
import os
import select
import shutil
import signal
import tempfile
import threading

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("WEB_THREADS", "16"))

# A worker that is silent for this long is replaced. Requests are far shorter; the slowest wait is the database's.
timeout = 60
# What is running may finish: shorter than the supervisor's patience of 30 s.
graceful_timeout = 25
#: So long an instance that is to stop answers as before, /healthz apart, until proxies have seen that it leaves.
leave_s = float(os.environ.get("WEB_LEAVE_S", "0"))
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
    """Let the worker leave before it stops, if it is asked by SIGTERM."""
    stop_streams_first(worker)
    signal.signal(signal.SIGTERM, functools.partial(_leave, worker, signal.getsignal(signal.SIGTERM)))


def stop_streams_first(worker):
    """End open streams as soon as the worker is to stop: by themselves they would not."""
    streams = worker.wsgi.extensions["airbnb_streams"]
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, functools.partial(_stop_streams, streams.stop, signal.getsignal(number)))


def _stop_streams(stop, then, number, frame):
    stop()
    then(number, frame)


def _leave(worker, then, number, frame):
    leaving = worker.wsgi.extensions.get("airbnb_leaving")  # a release before this file does not know it
    if leaving is not None:
        leaving.set()
    end = threading.Timer(leave_s, _end, (worker, then, number))
    end.daemon = True
    end.start()


def _end(worker, then, number):
    worker.method_queue.defer(functools.partial(_close_doors, worker))
    then(number, None)


def _close_doors(worker):
    """Refuse connections from now on, which proxies then try elsewhere; who has come in is served.

    gunicorn itself keeps the socket open until it ends. Whoever connected meanwhile would wait, and be cut off then.
    """
    worker.set_accept_enabled(False)
    for listener in worker.sockets:
        while select.select([listener], [], [], 0)[0]:
            worker.accept(listener)
        listener.close()
    worker.sockets = []


def on_exit(server):
    """Remove the counts of an instance that ends."""
    if _own_folder is not None:
        shutil.rmtree(_own_folder, ignore_errors=True)
