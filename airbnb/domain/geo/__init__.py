"""Places on the globe: coordinates, boxes, the search key, distances, the public location and the time zone."""
