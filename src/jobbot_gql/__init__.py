"""jobbot-gql: the data layer of a job-search bot, one typed GraphQL endpoint over SQLite or PostgreSQL."""

from importlib.metadata import version

__version__ = version("jobbot-gql")
