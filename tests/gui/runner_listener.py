"""Asks things of a job runner and writes down what it says."""

import threading
from typing import Any

from PySide6.QtCore import QObject, Slot
from pytestqt.qtbot import QtBot

from core.monitor import Progress
from gui.job_runner import Job, JobRunner, Request


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


def ask(name: str, job: Job, **words: Any) -> Request:
    return Request(name=name, make=lambda: job, **words)


def wait_idle(qtbot: QtBot, runner: JobRunner) -> None:
    qtbot.waitUntil(lambda: not runner.is_busy)
