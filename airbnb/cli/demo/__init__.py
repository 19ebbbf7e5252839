"""The demo: a small believable world, and a walk through the life of a booking. Never in production."""
