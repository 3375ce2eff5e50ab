"""The job lane: one job at a time, answers on the GUI thread, cancelling that works."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject, Slot
from pytestqt.qtbot import QtBot

from core.errors import Cancelled, DatasetError
from core.monitor import Monitor, Progress
from gui.job_runner import Job, JobRunner, Request

LIMIT_MS = 5000


class Listener(QObject):
    """Writes down every signal and the thread it came on."""

    def __init__(self, runner: JobRunner) -> None:
        super().__init__()
        self.events: list[tuple[str, Any]] = []
        self.threads: set[int] = set()
        runner.started.connect(self.on_started)
        runner.progressed.connect(self.on_progressed)
        runner.published.connect(self.on_published)
        runner.succeeded.connect(self.on_succeeded)
        runner.failed.connect(self.on_failed)
        runner.cancelled.connect(self.on_cancelled)

    def note(self, name: str, value: Any = None) -> None:
        self.events.append((name, value))
        self.threads.add(threading.get_ident())

    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    @Slot(object)
    def on_started(self, request: Request) -> None:
        self.note("started", request.name)

    @Slot(object)
    def on_progressed(self, progress: Progress) -> None:
        self.note("progressed", progress)

    @Slot(object)
    def on_published(self, partial: object) -> None:
        self.note("published", partial)

    @Slot(object)
    def on_succeeded(self, result: object) -> None:
        self.note("succeeded", result)

    @Slot(object)
    def on_failed(self, error: Exception) -> None:
        self.note("failed", error)

    @Slot()
    def on_cancelled(self) -> None:
        self.note("cancelled")


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    runner.shut_down()


@pytest.fixture
def listener(runner: JobRunner) -> Listener:
    return Listener(runner)


def ask(name: str, job: Job, **words: Any) -> Request:
    return Request(name=name, make=lambda: job, **words)


def wait_idle(qtbot: QtBot, runner: JobRunner) -> None:
    qtbot.waitUntil(lambda: not runner.is_busy, timeout=LIMIT_MS)


def test_a_result_comes_back_on_the_gui_thread(qtbot: QtBot, runner: JobRunner, listener: Listener) -> None:
    threads = []
    results: list[tuple[object, int]] = []

    def job(monitor: Monitor) -> str:
        threads.append(threading.get_ident())
        monitor.checkpoint("Working", done_count=1, total_count=1)
        monitor.publish("part")
        return "whole"

    runner.submit(ask("job", job, on_succeeded=lambda result: results.append((result, threading.get_ident()))))
    wait_idle(qtbot, runner)
    assert listener.names() == ["started", "progressed", "published", "succeeded"]
    assert listener.threads == {threading.get_ident()}
    assert threads[0] != threading.get_ident()
    assert results == [("whole", threading.get_ident())]


def test_jobs_run_one_after_the_other_in_the_order_of_asking(qtbot: QtBot, runner: JobRunner) -> None:
    running: list[str] = []
    done: list[str] = []

    def job_named(name: str) -> Job:
        def job(monitor: Monitor) -> str:
            running.append(name)
            assert len(running) == 1
            running.remove(name)
            return name

        return job

    for name in "abcd":
        runner.submit(ask(name, job_named(name), on_succeeded=done.append))
    wait_idle(qtbot, runner)
    assert done == list("abcd")


def test_what_an_inspector_error_says_comes_back(
    qtbot: QtBot, runner: JobRunner, listener: Listener, log_guard: list[Any]
) -> None:
    def job(monitor: Monitor) -> None:
        raise DatasetError("images must be images", code="wrong-shape")

    failures: list[Exception] = []
    runner.submit(ask("job", job, on_failed=failures.append))
    wait_idle(qtbot, runner)
    assert [str(error) for error in failures] == ["images must be images"]
    assert listener.names() == ["started", "failed"]
    assert [record.getMessage() for record in log_guard] == ["images must be images [wrong-shape]"]
    log_guard.clear()


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), MemoryError(), SystemExit(3), KeyboardInterrupt()])
def test_whatever_ends_a_job_reaches_the_window_and_the_next_one_runs(
    qtbot: QtBot, runner: JobRunner, listener: Listener, log_guard: list[Any], error: BaseException
) -> None:
    def job(monitor: Monitor) -> None:
        raise error

    runner.submit(ask("bad", job))
    runner.submit(ask("good", lambda monitor: 7))
    wait_idle(qtbot, runner)
    assert listener.names() == ["started", "failed", "started", "succeeded"]
    assert log_guard[0].exc_info is not None
    log_guard.clear()


def test_a_running_job_is_cancelled_at_its_next_checkpoint(qtbot: QtBot, runner: JobRunner, listener: Listener) -> None:
    steps: list[int] = []

    def job(monitor: Monitor) -> None:
        for step in range(10**9):
            monitor.checkpoint("Endless", done_count=step)
            steps.append(step)

    runner.submit(ask("endless", job))
    qtbot.waitUntil(lambda: len(steps) > 3, timeout=LIMIT_MS)
    with qtbot.waitSignal(runner.cancelled, timeout=200):
        runner.cancel()
    assert listener.names().count("cancelled") == 1
    assert "succeeded" not in listener.names()
    wait_idle(qtbot, runner)


def test_a_whole_result_after_cancel_is_not_delivered(qtbot: QtBot, runner: JobRunner, listener: Listener) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def job(monitor: Monitor) -> int:
        begun.set()
        go_on.wait(5)
        monitor.publish("late")
        return 1  # never looked whether it was cancelled

    runner.submit(ask("deaf", job))
    assert begun.wait(5)
    runner.cancel()
    go_on.set()
    wait_idle(qtbot, runner)
    assert listener.names() == ["started", "cancelled"]


def test_cancel_forgets_waiting_jobs_but_not_light_ones(qtbot: QtBot, runner: JobRunner) -> None:
    begun, go_on = threading.Event(), threading.Event()
    cancelled: list[str] = []
    done: list[str] = []

    def slow(monitor: Monitor) -> None:
        begun.set()
        go_on.wait(5)
        monitor.checkpoint("Slow")

    runner.submit(ask("slow", slow, on_cancelled=lambda: cancelled.append("slow")))
    runner.submit(
        ask("waits", lambda monitor: "waits", on_succeeded=done.append, on_cancelled=lambda: cancelled.append("waits"))
    )
    runner.submit(ask("light", lambda monitor: "light", on_succeeded=done.append, key="light", is_light=True))
    assert begun.wait(5)
    runner.cancel()
    go_on.set()
    wait_idle(qtbot, runner)
    assert sorted(cancelled) == ["slow", "waits"]
    assert done == ["light"]


def test_of_light_requests_the_newest_wins(qtbot: QtBot, runner: JobRunner) -> None:
    begun, go_on = threading.Event(), threading.Event()
    done: list[Any] = []

    def slow(monitor: Monitor) -> None:
        begun.set()
        go_on.wait(5)

    runner.submit(ask("slow", slow))
    assert begun.wait(5)
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


def test_a_job_is_built_when_its_turn_comes_and_may_have_become_idle(qtbot: QtBot, runner: JobRunner) -> None:
    state = {"value": 1}
    done: list[int] = []

    def set_value(result: int) -> None:
        state["value"] = result

    def make() -> Job:
        value = state["value"]
        return lambda monitor: value

    runner.submit(ask("first", lambda monitor: 2, on_succeeded=set_value))
    runner.submit(Request(name="second", make=make, on_succeeded=done.append))
    runner.submit(Request(name="nothing", make=lambda: None, on_succeeded=done.append))
    wait_idle(qtbot, runner)
    assert done == [2]


def test_a_refusal_while_building_is_a_failure(qtbot: QtBot, runner: JobRunner, log_guard: list[Any]) -> None:
    def make() -> Job:
        raise DatasetError("no")

    failures: list[Exception] = []
    runner.submit(Request(name="refused", make=make, on_failed=failures.append))
    wait_idle(qtbot, runner)
    assert [str(error) for error in failures] == ["no"]
    log_guard.clear()


def test_python_sees_one_thread_for_all_jobs(qtbot: QtBot, runner: JobRunner) -> None:
    """A plain QThread makes a new Python thread state for each job, and TensorFlow then crashes in the second one."""
    local = threading.local()
    seen: list[Any] = []

    def first(monitor: Monitor) -> None:
        local.value = "kept"

    runner.submit(ask("first", first))
    runner.submit(ask("second", lambda monitor: getattr(local, "value", "lost"), on_succeeded=seen.append))
    wait_idle(qtbot, runner)
    assert seen == ["kept"]


def test_progress_is_throttled_to_twenty_a_second(qtbot: QtBot, runner: JobRunner, listener: Listener) -> None:
    def job(monitor: Monitor) -> None:
        for step in range(20_001):
            monitor.checkpoint("Fast", done_count=step, total_count=20_000)

    runner.submit(ask("fast", job))
    wait_idle(qtbot, runner)
    progress = [value for name, value in listener.events if name == "progressed"]
    assert (progress[0].done_count, progress[-1].done_count) == (0, 20_000)
    assert len(progress) < 200


def test_shutting_down_ends_a_running_job_and_reports_once(qtbot: QtBot) -> None:
    runner = JobRunner()
    listener = Listener(runner)
    begun = threading.Event()
    ended = threading.Event()

    def job(monitor: Monitor) -> None:
        try:
            while True:
                begun.set()
                monitor.checkpoint("Endless")
        finally:
            ended.set()

    runner.submit(ask("endless", job))
    runner.submit(ask("waits", lambda monitor: 1))
    assert begun.wait(5)
    runner.shut_down()
    assert ended.is_set()
    runner.shut_down()
    runner.submit(ask("late", lambda monitor: 1))
    qtbot.wait(0)
    assert listener.names() == ["started", "cancelled"]


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
    qtbot.waitUntil(lambda: len(answers) == 1, timeout=LIMIT_MS)
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
    qtbot.waitUntil(lambda: len(failures) == 1, timeout=LIMIT_MS)
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
    qtbot.waitUntil(lambda: {"drag 199", "other"} <= set(done), timeout=LIMIT_MS)
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
        return "picture"

    runner.submit(ask("long", long_job))
    runner.submit(ask("slow", slow_once, is_light=True, key="picture", on_succeeded=done.append))
    assert inside.wait(5)
    with qtbot.waitSignal(runner.cancelled, timeout=200):
        runner.cancel()
    wait_idle(qtbot, runner)
    assert done == ["picture"]
    assert len(tries) == 2


def test_a_job_that_hands_out_the_best_so_far_does_not_go_on_when_the_window_closes(qtbot: QtBot) -> None:
    runner = JobRunner()
    has_begun, resumed = threading.Event(), []

    def stubborn(monitor: Monitor) -> str:
        has_begun.set()
        try:
            while True:
                monitor.checkpoint("Endless")
        except Cancelled:
            resumed.append(monitor.resume())
            if not resumed[-1]:
                raise
        return "the best so far"

    runner.submit(ask("stubborn", stubborn))
    assert has_begun.wait(5)
    runner.shut_down()
    assert resumed == [False]


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
    assert inside.wait(5)
    runner.shut_down()
    assert [name for name in listener.names() if name != "progressed"] == ["started", "cancelled"]
