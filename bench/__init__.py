"""Benchmarks of the server and of others that return the same responses from the same rows."""
