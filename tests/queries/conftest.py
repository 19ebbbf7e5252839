"""The same databases as for the models."""

from tests.models.conftest import rows_session, schema

__all__ = ["rows_session", "schema"]
