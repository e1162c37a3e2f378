"""Texts of the demo data: names, towns and sentences.

Firms and boards use `.example` domains, and phone numbers are reserved for fiction. People are named by their roles.
"""
