"""The console script `backdoor-inspector`, and `python -m backdoor_inspector`: what `main.py` does in a checkout."""

import os
import signal
import sys
from typing import NoReturn

CANCELLED = 130


def run() -> NoReturn:
    """Run the command line and end with the exit status."""
    # Before anything else: a Ctrl-C before there is a job to cancel exits quietly.
    signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(CANCELLED))
    from main import end, main  # noqa: PLC0415  # after the signal handler is set

    end(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
