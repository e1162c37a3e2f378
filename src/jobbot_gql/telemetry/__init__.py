"""What a running server tells of itself: logs, metrics, traces. None of them ever holds a value of the data."""
