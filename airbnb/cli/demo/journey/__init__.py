"""The whole life of a booking, request by request, against a running server or in one process."""

from airbnb.cli.demo.journey.walk import JourneyFailed, Walk
from airbnb.cli.demo.journey.whole import walk_through
from airbnb.cli.demo.journey.worlds import Answer, HTTPWorld, World

__all__ = ["Answer", "HTTPWorld", "JourneyFailed", "Walk", "World", "walk_through"]
