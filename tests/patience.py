"""How long a test waits for what must come: only a test that fails waits that long, however slow the machine is."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

PATIENCE_S = 120  # less than `faulthandler_timeout` in pyproject.toml, which ends the whole run
_PATIENCE_MS = 1000 * PATIENCE_S


class PatientQtBot(QtBot):
    """Waits for signals, conditions and windows as long as `PATIENCE_S`, where pytest-qt waits five seconds."""

    def waitSignal(self, signal: SignalInstance, *, timeout: int = _PATIENCE_MS, **words: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **words)

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = _PATIENCE_MS) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitExposed(self, widget: QWidget, *, timeout: int = _PATIENCE_MS) -> Any:
        return super().waitExposed(widget, timeout=timeout)
