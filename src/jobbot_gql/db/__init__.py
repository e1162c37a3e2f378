"""Storage: tables, engine, reading, writing and migrating. It knows no GraphQL."""
