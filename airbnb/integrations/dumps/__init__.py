"""Saving a database into one file and loading it again, while others write."""

from airbnb.integrations.dumps.choice import make_dumper
from airbnb.integrations.dumps.protocol import Dumper, DumpFailed

__all__ = ["DumpFailed", "Dumper", "make_dumper"]
