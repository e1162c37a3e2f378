"""The HTTP edge: servers, protocols, request checks, authentication and the GraphQL endpoint."""
