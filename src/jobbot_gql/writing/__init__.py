"""Writes of rows under business rules, independent of GraphQL."""
