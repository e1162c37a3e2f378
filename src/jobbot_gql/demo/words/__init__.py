"""The words of the demo data: names, places and texts, with nothing that combines them.

Firms and boards live on `.example` domains, telephone numbers are the ones set aside for fiction, and nobody has a
personal name: whoever writes or is written to is named by role.
"""
