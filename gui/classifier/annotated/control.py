"""Saves the classifier's image with its answers as a PNG file, and drags it to other programs."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QDrag, QPixmap

from core.export_file import write_file
from core.monitor import Monitor
from core.records import ImageAnswer
from gui.classifier.annotated.drawing import AnnotatedImage, annotated_mime, as_png, draw_annotated
from gui.classifier.panel import ClassifierPanel
from gui.job_runner import Job
from gui.state.session import Session
from gui.state.understood import targets_of
from gui.widgets.export_kind import Exporter, ExportKind

PNG = ExportKind("png", "Image with answers…", "Save the image with its answers", "answers", ".png", "PNG image")


class AnnotatedControl(QObject):
    """Knows the last answer of the classifier, and what it belongs to.

    Attributes:
        shown: the image with its answers; None while there is none.
    """

    def __init__(
        self, *, session: Session, saver: Exporter, panel: ClassifierPanel, trigger_name: str, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._saver = saver
        self._panel = panel
        self._trigger_name = trigger_name
        self.shown: AnnotatedImage | None = None
        panel.image_bar.save_requested.connect(self.save)
        panel.drop_zone.drag_requested.connect(self.drag)
        session.files_changed.connect(self._on_files_changed)

    @Slot(object, str, str, bool)
    def take_answer(self, answer: ImageAnswer, image_name: str, network_text: str, has_trigger: bool) -> None:
        """Keep the answer that the classifier shows."""
        summary, trigger = self._session.summary, self._session.trigger
        name = self._trigger_name if trigger is None else trigger.name
        self.shown = AnnotatedImage(
            image_name=image_name,
            model_name=summary.path.name if summary else "",
            network_text=network_text,
            trigger_name=name if has_trigger else "",
            answer=answer,
            target_labels=targets_of(self._session.poisoned_sets),
        )
        self._panel.image_bar.set_has_answer(True)

    @Slot()
    def save(self) -> None:
        """Ask for a file and save the image with its answers."""
        if self.shown is None:
            return
        stem = Path(self.shown.image_name).stem
        path = self._saver.ask_export(PNG, of=self.shown.image_name, stem=stem)
        if path is not None:
            self._saver.write(path, _write(path, as_png(draw_annotated(self.shown))))

    @Slot()
    def drag(self) -> None:
        """Drag the image with its answers out of the window, as a file."""
        if self.shown is None:
            return
        drag = QDrag(self._panel.drop_zone)
        drag.setMimeData(annotated_mime([self.shown]))
        thumbnail = QPixmap.fromImage(draw_annotated(self.shown)).scaledToWidth(
            240, Qt.TransformationMode.SmoothTransformation
        )
        thumbnail.setDevicePixelRatio(1)
        drag.setPixmap(thumbnail)
        drag.exec(Qt.DropAction.CopyAction)

    @Slot()
    def _on_files_changed(self) -> None:
        if self._session.network is None:
            self.shown = None
            self._panel.image_bar.set_has_answer(False)


def _write(path: Path, content: bytes) -> Job:
    def job(monitor: Monitor) -> Path:
        monitor.checkpoint(f"Writing {path.name}")
        write_file(path, content)
        return path

    return job
