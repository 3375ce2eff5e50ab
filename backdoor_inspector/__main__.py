"""The console script `backdoor-inspector`, and `python -m backdoor_inspector`: what `main.py` does in a checkout."""

import os
import signal
import sys

CANCELLED = 130


def run() -> int:
    """Do what the command line asks for and return the exit status."""
    # First of all: a Ctrl-C before there is a job to cancel ends quietly.
    signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(CANCELLED))
    from main import main  # noqa: PLC0415  # imports wait for that

    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
