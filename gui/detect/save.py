"""Exports a detection: its classes as a table, everything as JSON, and a report."""

from functools import partial

from PySide6.QtCore import QObject, Slot

from gui.detect import jobs
from gui.detect.control import DetectControl
from gui.detect.panel import EXPORTS, DetectPanel
from gui.files.saver import Saver
from gui.page import Offer

NOTHING = "There is no detection yet: press Detect first."
RUNNING = "The detection is still in progress."
NO_VERDICT = "No detector examined a class to its end, so there is no verdict to export."
_KINDS = {kind.key: kind for kind in EXPORTS}


class DetectSaveControl(QObject):
    """Exports the shown detection.

    Attributes:
        exports: the files that can be exported.
    """

    def __init__(self, *, saver: Saver, control: DetectControl, panel: DetectPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._saver = saver
        self._control = control
        self._panel = panel
        self.exports = tuple(
            Offer(kind.key, kind.text, partial(self.export, kind.key), self._find_reason) for kind in EXPORTS
        )
        panel.export_requested.connect(self.export)
        control.changed.connect(self.update)
        self.update()

    @Slot()
    def update(self) -> None:
        """Enable the exports if there is something to export, and say why not otherwise."""
        self._panel.show_export_reason(self._find_reason())

    @Slot(str)
    def export(self, kind: str) -> None:
        """Export the classes ("csv"), everything ("json") or a report ("report")."""
        kept = self._control.shown
        if kept is None or self._find_reason():
            return
        stem = kept.inputs.network.summary.path.stem
        path = self._saver.ask_export(_KINDS[kind], of=kept.inputs.network.summary.path.name, stem=stem)
        if path is not None:
            self._saver.write(path, jobs.export_detection(kind, path, kept))

    def _find_reason(self) -> str:
        kept = self._control.shown
        if kept is None:
            return RUNNING if self._control.is_running else NOTHING
        return "" if kept.verdict is not None else NO_VERDICT
