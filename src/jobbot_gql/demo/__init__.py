"""Fictional demo data: a job search of three months and a small outreach business."""

from jobbot_gql.demo.loading import is_empty, load, load_if_empty

__all__ = ["is_empty", "load", "load_if_empty"]
