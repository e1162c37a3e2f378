"""Other servers for the same seven operations: each in one file that can be read in one go."""
