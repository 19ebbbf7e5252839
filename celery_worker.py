"""The Celery application for ``celery -A celery_worker worker`` and ``… beat``."""

from airbnb.extensions import celery
from wsgi import app

__all__ = ["app", "celery"]
