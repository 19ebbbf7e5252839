"""Serve the stand-in for PayPal on the port that is given: ``python -m tests.fakes.paypal 12112``."""

import sys

from werkzeug.serving import WSGIRequestHandler, make_server

from tests.fakes.paypal.books import Books
from tests.fakes.paypal.server import make_app

WSGIRequestHandler.protocol_version = "HTTP/1.1"
make_server("127.0.0.1", int(sys.argv[1]), make_app(Books()), threaded=True).serve_forever()
