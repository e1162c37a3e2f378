"""Importing scraped jobs: files into rows, rows into typed jobs, jobs into the database."""
