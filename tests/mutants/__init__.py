"""Mutation testing, by `make mutants`: not part of the suite."""
