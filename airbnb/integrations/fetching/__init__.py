"""Fetching what users' URLs point at, without being led astray."""

from airbnb.integrations.fetching.fetcher import Fetched, Fetcher, FetchFailed, Fetching, Known

__all__ = ["FetchFailed", "Fetched", "Fetcher", "Fetching", "Known"]
