"""The application for WSGI servers and for ``flask --app wsgi``."""

from airbnb.factory import create_app

app = create_app()
