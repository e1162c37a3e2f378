"""The HTTP edge: what stands between a request and the schema."""
