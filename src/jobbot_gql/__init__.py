"""jobbot-gql: the data layer of a job-search bot, one typed GraphQL endpoint over SQLite or PostgreSQL."""


def __getattr__(name: str) -> str:
    """Load `__version__` lazily, because importlib.metadata is slow to import."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - see above

        return version("jobbot-gql")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
