"""The staff dashboard: read-only views of the data, and actions that call the same services as the API."""
