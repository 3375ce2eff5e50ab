"""Cyclic garbage is freed on the GUI thread alone."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gui.shell.garbage import FULL_INTERVAL_S, MOST_SEARCHED, GarbageCollector


class Cycle:
    """Holds itself."""

    def __init__(self) -> None:
        self.myself = self


@pytest.fixture
def parent(qtbot: QtBot) -> Iterator[QObject]:
    yield QObject()
    gc.enable()


def test_python_no_longer_searches_and_the_timer_does(qtbot: QtBot, parent: QObject) -> None:
    collector = GarbageCollector(is_busy=lambda: True, parent=parent)
    collector.start()
    assert not gc.isenabled()
    freed_on: list[threading.Thread] = []
    cycle = Cycle()
    weakref.finalize(cycle, lambda: freed_on.append(threading.current_thread()))
    del cycle

    def work() -> None:
        kept = [[] for _ in range(100_000)]  # would start a search by itself
        del kept

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert not freed_on
    filler: list[list[int]] = []

    def is_freed() -> bool:
        # What earlier tests left to be deleted lowers the count of the young; keep it above the limit.
        filler.extend([] for _ in range(gc.get_threshold()[0] + 100))
        return bool(freed_on)

    qtbot.waitUntil(is_freed)
    assert freed_on == [threading.main_thread()]
    collector.stop()
    assert gc.isenabled()


def test_everything_is_searched_only_while_nothing_runs(parent: QObject, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [0.0]
    is_busy = [True]
    asked: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda generation=2: asked.append(generation))
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 0))
    trimmed: list[int] = []
    collector = GarbageCollector(
        is_busy=lambda: is_busy[0], parent=parent, clock=lambda: now_s[0], trim=lambda: trimmed.append(len(asked))
    )
    now_s[0] = FULL_INTERVAL_S
    collector.collect()
    assert asked == trimmed == []
    is_busy[0] = False
    collector.collect()
    assert asked == [2]
    assert trimmed == []  # in a turn of its own
    collector.collect()
    collector.collect()
    assert asked == [2]
    assert trimmed == [1]


def test_each_turn_does_one_thing(parent: QObject, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = [(10**4, 10**4, 0), (10**4, 0, 0), (0, 0, 0), (0, 0, 0)]
    done: list[int | str] = []
    monkeypatch.setattr(gc, "collect", lambda generation=2: done.append(generation))
    monkeypatch.setattr(gc, "get_count", lambda: counts.pop(0))
    is_busy = [True]
    collector = GarbageCollector(
        is_busy=lambda: is_busy[0], parent=parent, clock=lambda: 0.0, trim=lambda: done.append("trim")
    )
    for expected in ([1], [1, 0], [1, 0, "trim"], [1, 0, "trim"]):
        collector.collect()
        is_busy[0] = False
        assert done == expected


def test_no_search_visits_too_many_objects(parent: QObject, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import makes so many objects that those of ten searches would take 80 ms together."""
    searched: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda generation=2: searched.append(generation))
    monkeypatch.setattr(gc, "get_count", lambda: (MOST_SEARCHED // 3, len(searched), 0))
    collector = GarbageCollector(is_busy=lambda: True, parent=parent)
    for _ in range(8):
        collector.collect()
    assert searched == [0, 0, 0, 1, 0, 0, 0, 1]


def test_memory_is_given_back_once_after_each_job(parent: QObject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 0))
    is_busy = [False]
    trimmed: list[bool] = []
    collector = GarbageCollector(
        is_busy=lambda: is_busy[0], parent=parent, clock=lambda: 0.0, trim=lambda: trimmed.append(is_busy[0])
    )
    for busy in (False, True, True, False, False, True, False):
        is_busy[0] = busy
        collector.collect()
    assert trimmed == [False, False]
