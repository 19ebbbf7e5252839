"""An open-source backend for marketplaces of short stays."""

__version__ = "0.1.0"
