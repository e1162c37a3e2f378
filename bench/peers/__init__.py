"""Other servers for the same seven operations, each in one short file."""
