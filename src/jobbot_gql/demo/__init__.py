"""Demo data: a job search of three months and a small business beside it, all of it invented."""

from jobbot_gql.demo.loading import is_empty, load, load_if_empty

__all__ = ["is_empty", "load", "load_if_empty"]
