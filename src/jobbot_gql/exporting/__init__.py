"""Exports: rows as files, streamed from one snapshot."""
