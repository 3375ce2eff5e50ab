"""Parallel tasks: the order of their results, and cancelling."""

import subprocess
import sys
import threading

import pytest

from core.errors import Cancelled
from core.thread_pool import ThreadPool, run_aside, worker_count
from tests.conftest import ROOT
from tests.patience import PATIENCE_S


def nothing():
    """A `while_waiting` that never cancels."""


def test_results_come_in_the_order_of_the_tasks():
    with ThreadPool() as threads:
        assert list(threads.run((lambda k=k: k for k in range(50)), while_waiting=nothing)) == list(range(50))


def test_only_a_few_are_begun_ahead():
    begun = []
    with ThreadPool() as threads:
        results = threads.run((lambda k=k: begun.append(k) for k in range(1000)), while_waiting=nothing)
        next(results)
        assert len(begun) <= worker_count() + 2


def test_two_tasks_run_at_the_same_time():
    meeting = threading.Barrier(2, timeout=PATIENCE_S)
    with ThreadPool() as threads:
        assert len(list(threads.run([meeting.wait, meeting.wait], while_waiting=nothing))) == 2


def test_matrix_products_take_one_thread_while_any_pool_is_open_and_all_again_afterwards():
    code = """
from threadpoolctl import threadpool_info
from core.thread_pool import ThreadPool
import numpy

def threads():
    blas = [each for each in threadpool_info() if each["user_api"] == "blas" and "numpy" in each["filepath"]]
    return {each["num_threads"] for each in blas}

before = threads()
first, second = ThreadPool(), ThreadPool()
opened = [first.__enter__() and threads(), second.__enter__() and threads()]
first.__exit__(None, None, None)
still = threads()
second.__exit__(None, None, None)
print(bool(before), opened, still, threads() == before)
"""
    # A process of its own: a test before this one may have left a pool behind that is still closing.
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.split("\n")[0] == "True [{1}, {1}] {1} True"


def test_what_a_task_raises_comes_out():
    def fail():
        raise ValueError("broken")

    with ThreadPool() as threads, pytest.raises(ValueError, match="broken"):
        list(threads.run([fail], while_waiting=nothing))


def test_cancelling_stops_the_tasks_and_does_not_wait_for_them():
    begun, let_go = threading.Event(), threading.Event()
    ended = []

    def run(threads):
        begun.set()
        assert let_go.wait(PATIENCE_S)
        try:
            threads.check()
        finally:
            ended.append(threading.current_thread())

    def ask():
        if begun.is_set():
            raise Cancelled

    with pytest.raises(Cancelled), ThreadPool() as threads:
        list(threads.run([lambda: run(threads)], while_waiting=ask))
    assert not ended  # the call returned while the task still runs
    let_go.set()
    for thread in threading.enumerate():
        if thread.name.startswith("worker"):
            thread.join(PATIENCE_S)
    assert len(ended) == 1


def test_who_stops_waiting_for_a_task_aside_does_not_wait_for_its_end():
    begun, may_end, has_ended = threading.Event(), threading.Event(), threading.Event()

    def task():
        begun.set()
        may_end.wait(PATIENCE_S)
        has_ended.set()

    def stop():
        if begun.is_set():
            raise Cancelled

    with pytest.raises(Cancelled):
        run_aside(task, while_waiting=stop)
    assert not has_ended.is_set()
    may_end.set()
    assert has_ended.wait(PATIENCE_S)


def test_a_task_aside_gives_its_result_or_its_error():
    assert run_aside(lambda: 3, while_waiting=lambda: None) == 3
    with pytest.raises(ZeroDivisionError):
        run_aside(lambda: 1 // 0, while_waiting=lambda: None)
