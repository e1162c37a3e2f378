"""`python -m jobbot_gql` is `jobbot-gql`."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line.

    Importing it takes half a second, in which Ctrl-C would raise KeyboardInterrupt inside any library. Until then, and
    wherever a command imports more, the signal simply ends the process.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from jobbot_gql.cli import main as run  # noqa: PLC0415 - see above

    run()


if __name__ == "__main__":
    main()
