"""Database access, independent of GraphQL."""
