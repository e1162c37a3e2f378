"""Entry point of `python -m jobbot_gql` and of `jobbot-gql`."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line.

    Its import takes half a second, during which Ctrl-C would raise KeyboardInterrupt inside libraries. So the signal
    ends the process until the import is complete.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from jobbot_gql.cli import main as run  # noqa: PLC0415 - see above

    run()


if __name__ == "__main__":
    main()
