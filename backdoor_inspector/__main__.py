"""The console script `backdoor-inspector`, and `python -m backdoor_inspector`: what `main.py` does in a checkout."""

import os
import signal
import sys

CANCELLED = 130


def run() -> int:
    """Run the command line and return the exit status."""
    # Before anything else: a Ctrl-C before there is a job to cancel exits quietly.
    signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(CANCELLED))
    from main import main  # noqa: PLC0415  # after the signal handler is set

    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
