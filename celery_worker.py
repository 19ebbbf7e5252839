"""The Celery application for ``celery -A celery_worker worker`` and ``… beat``."""

from airbnb.extensions import celery
from airbnb.tasks.registry import TASK_MODULES
from wsgi import app as flask_app

# Celery takes an attribute named ``app`` first, whatever it is: Flask's must have another name here.
__all__ = ["TASK_MODULES", "celery", "flask_app"]
