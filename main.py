"""Backdoor Inspector: the window, or the same job without one.

Without arguments, or with `--demo`, this opens the window. The commands, such as `detect`, `prune` and `classify`, work
in the terminal. Nothing that is not needed is imported: the window paints before TensorFlow is loaded, and help never
loads it.

Exit status: 0 done, 1 something nobody foresaw, 2 wrong usage, 3 an input was refused, 4 found what `--fail-on` names,
130 cancelled by Ctrl-C, 141 the reader of the results closed its end, as `head` does, 143 asked to end.
"""

import os
import signal
import sys

CANCELLED, TERMINATED = 130, 143

if __name__ == "__main__":  # first of all: a Ctrl-C before there is a job to cancel ends quietly
    signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(CANCELLED))

# The imports wait for that.
import atexit  # noqa: E402
import contextlib  # noqa: E402
import logging  # noqa: E402
import traceback  # noqa: E402
from types import TracebackType  # noqa: E402
from typing import NoReturn  # noqa: E402

from core.environment import cache_folder, set_up_environment  # noqa: E402

WINDOW_ARGUMENTS: tuple[list[str], ...] = ([], ["--demo"])


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for and return the exit status."""
    set_up_environment()
    # Each run compiles its own steps; TensorFlow's warning that this is slow is meant for who writes them.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if arguments in WINDOW_ARGUMENTS and has_display():
        from gui.shell.application import start_window  # noqa: PLC0415  # Qt, for the window alone

        return start_window(demo=bool(arguments))
    sys.excepthook = _report_unforeseen
    try:
        from core.command_line.app import run  # noqa: PLC0415  # the window needs no command line

        return run(arguments)
    except KeyboardInterrupt:  # before there was a job to cancel
        return CANCELLED


def end(status: int) -> NoReturn:
    """End this process; a Ctrl-C that comes from now on is too late."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if status in {CANCELLED, TERMINATED}:
        # Threads in the middle of a computation that nobody waits for would be waited for.
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, AttributeError):
                stream.flush()
        os._exit(status)
    sys.exit(status)


def has_display() -> bool:
    """Whether a window can be shown: Windows and macOS always have a screen, Linux has one where it says so."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _report_unforeseen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say in one line that something went wrong, and keep the traceback in a file."""
    details = "".join(traceback.format_exception(kind, error, trace))
    log = cache_folder() / "unforeseen.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(details, encoding="utf-8", errors="backslashreplace")
        where = f"the details are in {log}"
    except OSError:
        where = f"the details:\n{details}"
    summary = " ".join(str(error).splitlines())[:300]
    with contextlib.suppress(OSError, AttributeError):  # stderr may be closed
        sys.stderr.write(f"Something went wrong that should not have: {kind.__name__}: {summary}; {where}\n")


if __name__ == "__main__":
    end(main(sys.argv[1:]))
