"""`python -m jobbot_gql` is `jobbot-gql`."""

from jobbot_gql.cli import main

main()
