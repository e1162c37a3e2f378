"""Logs, metrics and traces. None of them ever holds a value of the data."""
