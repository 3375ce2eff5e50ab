"""Progress, Ctrl-C and refusals in a terminal."""

import io
import os
import signal
import sys
import time

import pytest

from core.command_line.console import ProgressBar, Status, run_job, say
from core.errors import Cancelled, DatasetError
from core.monitor import Monitor, Progress
from core.network import start_keras
from core.terminal import say_at_once


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("writes", "last"), [(True, "cancelled; nothing was written"), (False, "cancelled")])
def test_first_interrupt_asks_the_job_to_stop(capfd: pytest.CaptureFixture[str], writes: bool, last: str) -> None:
    steps = []

    def job(monitor: Monitor) -> Status:
        for step in range(10):
            monitor.checkpoint("Working", done_count=step, total_count=10)
            steps.append(step)
            if step == 3:
                os.kill(os.getpid(), signal.SIGINT)
        return Status.DONE

    before = signal.getsignal(signal.SIGINT)
    assert run_job(job, has_progress=False, writes=writes) == 130
    assert steps == [0, 1, 2, 3]
    assert capfd.readouterr().err.splitlines() == ["stopping…", last]
    assert signal.getsignal(signal.SIGINT) is before


def test_stopping_is_heard_while_tensorflow_keeps_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    with start_keras._unheard():
        os.write(2, b"a greeting\n")
        say_at_once("stopping…")
    assert capfd.readouterr().err == "stopping…\n"


def test_second_interrupt_breaks_off() -> None:
    def job(monitor: Monitor) -> Status:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("still running")

    assert run_job(job, has_progress=False) == 130


def test_a_second_interrupt_that_python_ignores_is_raised_again(capfd: pytest.CaptureFixture[str]) -> None:
    class Interrupted:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0)  # here the handler raises, and Python ignores it

    def job(monitor: Monitor) -> Status:
        os.kill(os.getpid(), signal.SIGINT)
        Interrupted()
        for _ in range(1000):
            time.sleep(0.05)
        raise AssertionError("still running")

    before = sys.unraisablehook
    assert run_job(job, has_progress=False) == 130
    assert sys.unraisablehook is before
    assert capfd.readouterr().err.splitlines() == ["stopping…", "cancelled"]


def test_a_request_to_end_has_its_own_status() -> None:
    def job(monitor: Monitor) -> Status:
        os.kill(os.getpid(), signal.SIGTERM)
        monitor.checkpoint("Working")
        return Status.DONE

    assert run_job(job, has_progress=False) == 143


def test_a_refusal_after_the_interrupt_is_no_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    def job(monitor: Monitor) -> Status:
        monitor.cancel()
        raise DatasetError("the reading process died")

    assert run_job(job, has_progress=False) == 130
    assert "refused" not in capsys.readouterr().err


def test_a_refusal_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def job(monitor: Monitor) -> Status:
        raise DatasetError("no 'data' in\n'a\x1b[31m.h5'", code="missing-key")

    assert run_job(job, has_progress=False) == 3
    assert capsys.readouterr().err == "refused [missing-key]: no 'data' in 'a\\x1b[31m.h5'\n"


def test_what_nobody_foresaw_goes_up() -> None:
    def job(monitor: Monitor) -> Status:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_job(job, has_progress=True)


def test_cancelled_needs_no_signal() -> None:
    def job(monitor: Monitor) -> Status:
        raise Cancelled

    assert run_job(job, has_progress=False) == 130


def test_terminal_has_one_line_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    terminal = Terminal()
    bar = ProgressBar(terminal)
    bar.show(Progress("Pruning", 15, 60, 5.0, 75.0, 0.25))
    bar.show(Progress("A stage with a very long name indeed " * 3, 60, 60, 5.0, 0.0, 1.0))
    bar.clear()
    shown = terminal.getvalue().split("\r\x1b[K")
    assert "\n" not in terminal.getvalue()
    assert shown[1].split()[0] == "Pruning"
    assert " 25 %" in shown[1]
    assert max(map(len, shown)) <= 59
    assert shown[-1] == ""


def test_elsewhere_a_line_a_tenth() -> None:
    stream = io.StringIO()
    bar = ProgressBar(stream)
    for done in range(101):
        bar.show(Progress("Pruning", done, 100, 1.0, None, done / 100))
    bar.show(Progress("Reading", 0, 0, 1.0, None, None))
    bar.clear()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 12
    assert lines[0] == "Pruning 0 %"
    assert lines[-2:] == ["Pruning 100 %", "Reading"]


def test_control_characters_never_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b]0;title\x07b")
    assert capsys.readouterr().err == "a\\x1b]0;title\\x07b\n"
