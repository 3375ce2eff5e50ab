"""The job worker: one job at a time, answers on the GUI thread, cancelling that works."""

import os
import sys
import threading
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from core.errors import Cancelled, DatasetError
from core.monitor import Monitor
from gui.job_runner import Job, JobRunner, Request
from gui.job_worker import NICENESS
from tests.gui.runner_listener import Listener, ask, wait_idle
from tests.patience import PATIENCE_S


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
    qtbot.waitUntil(lambda: len(steps) > 3)
    with qtbot.waitSignal(runner.cancelled):
        runner.cancel()
    assert listener.names().count("cancelled") == 1
    assert "succeeded" not in listener.names()
    wait_idle(qtbot, runner)


def test_a_whole_result_after_cancel_is_not_delivered(qtbot: QtBot, runner: JobRunner, listener: Listener) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def job(monitor: Monitor) -> int:
        begun.set()
        go_on.wait(PATIENCE_S)
        monitor.publish("late")
        return 1  # never looked whether it was cancelled

    runner.submit(ask("deaf", job))
    assert begun.wait(PATIENCE_S)
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
        go_on.wait(PATIENCE_S)
        monitor.checkpoint("Slow")

    runner.submit(ask("slow", slow, on_cancelled=lambda: cancelled.append("slow")))
    runner.submit(
        ask("waits", lambda monitor: "waits", on_succeeded=done.append, on_cancelled=lambda: cancelled.append("waits"))
    )
    runner.submit(ask("light", lambda monitor: "light", on_succeeded=done.append, key="light", is_light=True))
    assert begun.wait(PATIENCE_S)
    runner.cancel()
    go_on.set()
    wait_idle(qtbot, runner)
    assert sorted(cancelled) == ["slow", "waits"]
    assert done == ["light"]


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


@pytest.mark.parametrize("is_light", [False, True])
def test_a_job_submitted_while_another_is_built_runs_after_it(
    qtbot: QtBot, runner: JobRunner, listener: Listener, is_light: bool
) -> None:
    done: list[str] = []
    was_busy: list[bool] = []

    def build() -> Job:
        runner.submit(ask("inner", lambda _monitor: "inner", on_succeeded=done.append, is_light=is_light))
        was_busy.append(runner.is_busy)
        return lambda _monitor: "outer"

    runner.submit(Request(name="outer", make=build, on_succeeded=done.append))
    assert runner.current is not None and runner.current.name == "outer"
    wait_idle(qtbot, runner)
    assert was_busy == [True]
    assert done == ["outer", "inner"]
    assert listener.names() == ["started", "succeeded"] * 2


def test_an_error_while_building_does_not_block_the_jobs_behind_it(qtbot: QtBot, runner: JobRunner) -> None:
    release = threading.Event()
    done: list[str] = []

    def build() -> Job:
        raise RuntimeError("a fault of the program")

    def wait(_monitor: Monitor) -> None:
        release.wait(PATIENCE_S)

    runner.submit(ask("first", wait))
    runner.submit(Request(name="faulty", make=build))
    runner.submit(ask("behind", lambda _monitor: "behind", on_succeeded=done.append))
    with qtbot.captureExceptions() as errors:
        release.set()
        qtbot.waitUntil(lambda: done == ["behind"])
    assert [str(error) for _, error, _ in errors] == ["a fault of the program"]


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
    assert begun.wait(PATIENCE_S)
    runner.shut_down()
    assert ended.is_set()
    runner.shut_down()
    runner.submit(ask("late", lambda monitor: 1))
    qtbot.wait(0)
    assert listener.names() == ["started", "cancelled"]


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
    assert has_begun.wait(PATIENCE_S)
    runner.shut_down()
    assert resumed == [False]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere threads have no nice value of their own")
def test_computations_have_a_lower_priority_than_the_window(qtbot: QtBot, runner: JobRunner) -> None:
    of_window = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    found: list[int] = []

    def job(_monitor: Monitor) -> None:
        def note() -> None:
            found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

        helper = threading.Thread(target=note)
        helper.start()
        helper.join()
        note()

    runner.submit(ask("job", job))
    wait_idle(qtbot, runner)
    assert found == [NICENESS, NICENESS]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == of_window < NICENESS
