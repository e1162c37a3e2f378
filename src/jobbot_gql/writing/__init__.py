"""Writing rows under rules: what a domain's service says about its rows, and who writes them. It knows no GraphQL."""
