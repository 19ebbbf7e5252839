"""Measurements of the figures that the documents state; ``make bench`` runs all, ``python -m benchmarks NAME`` some."""
