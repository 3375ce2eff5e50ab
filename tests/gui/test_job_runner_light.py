"""Light jobs: answered in the middle of another on the one thread, the newest of a kind, none lost."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from core.errors import DatasetError
from core.monitor import Monitor
from gui.job_runner import Job, JobRunner, Question, Request
from tests.gui.runner_listener import Listener, ask, wait_idle
from tests.patience import PATIENCE_S


class Pause:
    """A long job with checkpoints, that goes on until it is told to end."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()
        self.steps = 0

    def __call__(self, monitor: Monitor) -> int:
        while not self.ended.is_set():
            monitor.checkpoint("Long", done_count=self.steps)
            self.steps += 1
            self.begun.set()
            self.ended.wait(0.001)
        return self.steps


@pytest.fixture
def long_job(runner: JobRunner) -> Iterator[Pause]:
    job = Pause()
    yield job
    job.ended.set()


def test_a_light_job_is_answered_in_the_middle_of_another_on_the_one_thread(
    qtbot: QtBot, runner: JobRunner, listener: Listener, long_job: Pause
) -> None:
    threads: list[int] = []
    answers: list[tuple[str, int]] = []

    def note_thread(monitor: Monitor) -> str:
        threads.append(threading.get_ident())
        return "light"

    runner.submit(ask("first", lambda monitor: threads.append(threading.get_ident())))
    runner.submit(ask("long", long_job))
    runner.submit(
        ask("light", note_thread, is_light=True, on_succeeded=lambda it: answers.append((it, threading.get_ident())))
    )
    qtbot.waitUntil(lambda: len(answers) == 1)
    assert runner.current is not None
    assert runner.current.name == "long"
    assert answers == [("light", threading.get_ident())]
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()
    long_job.ended.set()
    wait_idle(qtbot, runner)
    assert listener.names().count("started") == listener.names().count("succeeded") == 3
    assert listener.threads == {threading.get_ident()}


@pytest.mark.parametrize("error", [DatasetError("no"), ZeroDivisionError("x"), SystemExit(3)])
def test_what_goes_wrong_in_a_light_job_does_not_reach_the_one_around_it(
    qtbot: QtBot, runner: JobRunner, long_job: Pause, log_guard: list[Any], error: BaseException
) -> None:
    def bad(monitor: Monitor) -> None:
        raise error

    failures: list[BaseException] = []
    results: list[int] = []
    runner.submit(ask("long", long_job, on_succeeded=results.append))
    runner.submit(ask("bad", bad, is_light=True, on_failed=failures.append))
    qtbot.waitUntil(lambda: len(failures) == 1)
    assert failures == [error]
    long_job.ended.set()
    wait_idle(qtbot, runner)
    assert results == [long_job.steps]
    log_guard.clear()


def test_of_light_requests_in_the_middle_the_newest_wins_and_none_is_lost(
    qtbot: QtBot, runner: JobRunner, long_job: Pause
) -> None:
    made: list[int] = []
    done: list[str] = []

    def make(number: int) -> Job:
        made.append(number)
        return lambda monitor: f"drag {number}"

    runner.submit(ask("long", long_job))
    for number in range(200):
        runner.submit(
            Request(
                name="drag",
                make=lambda number=number: make(number),
                on_succeeded=done.append,
                key="drag",
                is_light=True,
            )
        )
    runner.submit(ask("other", lambda monitor: "other", on_succeeded=done.append, is_light=True))
    qtbot.waitUntil(lambda: {"drag 199", "other"} <= set(done))
    assert done.count("drag 199") == 1
    assert runner.current is not None
    assert runner.current.name == "long"


def test_cancelling_does_not_wait_for_the_light_job_inside_and_does_not_lose_it(
    qtbot: QtBot, runner: JobRunner, long_job: Pause
) -> None:
    tries: list[bool] = []
    done: list[str] = []
    inside = threading.Event()

    def slow_once(monitor: Monitor) -> str:
        tries.append(True)
        if len(tries) == 1:
            inside.set()
            while True:
                monitor.checkpoint("Decoding")
                long_job.ended.wait(0.001)
        return "image"

    runner.submit(ask("long", long_job))
    runner.submit(ask("slow", slow_once, is_light=True, key="image", on_succeeded=done.append))
    assert inside.wait(PATIENCE_S)
    with qtbot.waitSignal(runner.cancelled):
        runner.cancel()
    wait_idle(qtbot, runner)
    assert done == ["image"]
    assert len(tries) == 2


def test_of_light_requests_the_newest_wins(qtbot: QtBot, runner: JobRunner) -> None:
    begun, go_on = threading.Event(), threading.Event()
    done: list[Any] = []

    def slow(monitor: Monitor) -> None:
        begun.set()
        go_on.wait(PATIENCE_S)

    runner.submit(ask("slow", slow))
    assert begun.wait(PATIENCE_S)
    for number in range(50):
        runner.submit(
            Request(
                name="classify",
                make=lambda number=number: lambda monitor: number,
                on_succeeded=done.append,
                key="classify",
                is_light=True,
            )
        )
    runner.submit(ask("open", lambda monitor: "open", on_succeeded=done.append))
    go_on.set()
    wait_idle(qtbot, runner)
    assert done == ["open", 49]


def test_closing_ends_a_job_with_a_light_one_inside(qtbot: QtBot) -> None:
    runner = JobRunner()
    listener = Listener(runner)
    inside = threading.Event()

    def endless(monitor: Monitor) -> None:
        inside.set()
        while True:
            monitor.checkpoint("Endless")

    def around(monitor: Monitor) -> None:
        while True:
            monitor.checkpoint("Around")

    runner.submit(ask("around", around))
    runner.submit(ask("inside", endless, is_light=True))
    assert inside.wait(PATIENCE_S)
    runner.shut_down()
    assert [name for name in listener.names() if name != "progressed"] == ["started", "cancelled"]


@pytest.mark.parametrize("is_light", [False, True])
def test_inputs_come_back_with_their_answers(qtbot: QtBot, runner: JobRunner, is_light: bool) -> None:
    answers: list[tuple[str, str]] = []

    def submit(inputs: str) -> None:
        def job(monitor: Monitor) -> str:
            monitor.publish("partly")
            return "wholly"

        runner.submit(
            Request(
                name="question",
                make=lambda: Question(job, inputs),
                on_published=lambda *words: answers.append(words),
                on_succeeded=lambda *words: answers.append(words),
                is_light=is_light,
            )
        )

    for inputs in ("first", "second"):  # the second is asked before the first is answered
        submit(inputs)
    wait_idle(qtbot, runner)
    assert answers == [(part, inputs) for inputs in ("first", "second") for part in ("partly", "wholly")]
