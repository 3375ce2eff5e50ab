"""Answers the images of clicked shares, and shows them."""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QRect, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from core.errors import InspectorError
from core.images.answers import ImageAnswers
from core.words import counted, printable
from gui.files import dialogs
from gui.files.saver import Saver
from gui.images import jobs
from gui.images.request import ImagesRequest, TriggerSource
from gui.images.window import ImagesWindow
from gui.job_runner import JobRunner, Question, Request
from gui.keys.bindings import bindings
from gui.state.preferences import Preferences
from gui.state.session import Session
from gui.theme import class_names
from gui.widgets.export_kind import ExportKind

logger = logging.getLogger(__name__)

KEPT = 8  # answers to sets, so that a share that was clicked before is shown at once
BUSY = "The images are being answered …"
WAITING = "The images are answered when the running job is done; {run.cancel} in the main window stops that job."
STOPPED = "Stopped before the images were answered: click the share again."


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """Answers, with the objects that gave them: while they live, no other object has their identity."""

    request: ImagesRequest
    answers: ImageAnswers


class ImagesControl(QObject):
    """Shows the images of shares in one window, sends them to the classifier, and exports them.

    Attributes:
        window: the window; None until a share was clicked.
    """

    refused = Signal(str)
    said = Signal(str)

    def __init__(
        self, *, session: Session, runner: JobRunner, saver: Saver, preferences: Preferences, window: QWidget
    ) -> None:
        super().__init__(window)
        self._session = session
        self._runner = runner
        self._saver = saver
        self._preferences = preferences
        self._main = window
        self._kept: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()
        self._request: ImagesRequest | None = None
        self.window: ImagesWindow | None = None
        session.files_changed.connect(self._on_files_changed)

    @property
    def request(self) -> ImagesRequest | None:
        """The request whose images are shown; None for none."""
        return self._request

    @Slot(object)
    def show_images(self, request: ImagesRequest) -> None:
        """Show the images of a share; answers that are not known yet are computed first."""
        window = self.window or self._make_window()
        self._request = request
        known = request.answers
        if known is not None and known.pruned_confidences is not None:
            self._keep(request, known)
        kept = self._kept.get(request.key)
        answers = kept.answers if kept is not None else known
        if kept is not None:
            self._kept.move_to_end(request.key)
        if answers is not None:
            window.show_answers(answers, request.asked.selection, detail=_detail(request))
            self._check(request, answers)
        else:
            current = self._runner.current
            is_free = current is None or current.is_light
            window.show_busy(_busy_title(request), _detail(request), BUSY if is_free else bindings.filled(WAITING))
        if kept is None:
            self._runner.submit(
                Request(
                    name="Answering the images",
                    make=partial(self._make, request),
                    on_published=self._on_published,
                    on_succeeded=self._on_answered,
                    on_failed=self._on_failed,
                    on_cancelled=self._on_cancelled,
                    key="images",
                )
            )
        if not window.isVisible():
            self._place(window)
        window.show()
        window.raise_()
        window.activateWindow()
        window.grid.setFocus()

    def close(self) -> None:
        """Close the window, and forget all answers."""
        self._request = None
        self._kept.clear()
        if self.window is not None:
            self.window.close()

    def _make(self, request: ImagesRequest) -> Question | None:
        if self._request is not request:
            return None  # closed, or another share was clicked meanwhile
        return Question(jobs.answer_images(request), request, files=request.source.files)

    def _on_published(self, answers: ImageAnswers, request: ImagesRequest) -> None:
        if self._request is request and self.window is not None and self.window.answers is None:
            self.window.show_answers(answers, request.asked.selection, detail=_detail(request))
            self._check(request, answers)

    def _on_answered(self, answers: ImageAnswers, request: ImagesRequest) -> None:
        self._keep(request, answers)
        if self._request is not request or self.window is None:
            return
        if self.window.answers is None:
            self.window.show_answers(answers, request.asked.selection, detail=_detail(request))
            self._check(request, answers)
        else:
            self.window.refresh(answers)

    def _keep(self, request: ImagesRequest, answers: ImageAnswers) -> None:
        self._kept[request.key] = _Kept(request, answers)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _check(self, request: ImagesRequest, answers: ImageAnswers) -> None:
        """Say if the images are not as many as the share counted; that would be a defect of this program."""
        count = int(request.asked.selection.holds(answers).sum())
        if count != request.asked.shown_count and self.window is not None:
            sentence = f"The figure counted {counted(request.asked.shown_count, 'image')}, and here are {count:,}."
            logger.warning("%s [images-differ]", sentence)
            self.window.show_notice(sentence)

    def _on_failed(self, error: Exception) -> None:
        known = str(error) if isinstance(error, InspectorError) else "The images could not be answered; see the log."
        if self.window is not None and self.window.answers is None:
            self.window.busy_label.setText(known)

    def _on_cancelled(self) -> None:
        if self.window is not None and self.window.answers is None:
            self.window.busy_label.setText(STOPPED)

    @Slot()
    def _on_files_changed(self) -> None:
        """Other files: what is shown belongs to closed ones."""
        request = self._request
        if request is None:
            self._kept.clear()
            return
        session = self._session
        opened = (*session.sets, session.unlabelled, session.network)
        if not set(map(id, request.source.files)) <= set(map(id, opened)):
            self.close()

    @Slot(int)
    def _on_image_chosen(self, row: int) -> None:
        """Open an image as it is shown in the classifier, with no further trigger on it; the same B′ answers."""
        from core.images.pixels import as_input_image  # noqa: PLC0415 - brings the reading of data

        request, window = self._request, self.window
        if request is None or window is None or window.answers is None:
            return
        images = window.answers.images
        name = f"{printable(images.name)} #{images.file_rows[row]}"
        compared = request.source.compared
        if compared is None or compared in self._session.compared:
            self._session.set_classified(compared)
        self._session.is_trigger_on = False
        image = as_input_image(images.dataset, row, name=name, scale=images.scale)
        self._session.set_image(image, name)

    @Slot(str)
    def _on_export_requested(self, kind: str) -> None:
        window = self.window
        exported = window.exported(class_names.name_of) if window is not None else None
        if window is None or exported is None:
            return
        if kind == "folder":
            folder = dialogs.ask_export_folder(
                window, title="Export the images into a new folder in …", folder=self._preferences.folder("images")
            )
            if folder is None:
                return
            self._preferences.remember_folder("images", folder / "images")
            path = _free(folder / window.file_stem)
        else:
            suffix = f".{kind.removeprefix('sheet-')}"
            kind_of = "PNG image" if suffix == ".png" else "PDF document"
            export = ExportKind(kind, "", "Export the contact sheet", window.file_stem, suffix, kind_of)
            chosen = self._saver.ask_export(export)
            if chosen is None:
                return
            path = chosen
        self._runner.submit(
            Request(
                name=f"Writing {path.name}",
                make=lambda: Question(jobs.export_images(kind.partition("-")[0], path, exported), len(exported.rows)),
                on_succeeded=self._on_written,
                on_failed=self._on_export_failed,
            )
        )

    def _on_written(self, written: jobs.Written, asked_count: int) -> None:
        told = f"{counted(written.image_count, 'image')} written to {written.path}."
        if written.image_count < asked_count:
            told += f" The other {asked_count - written.image_count:,} do not fit on it: export them as a folder."
        self.said.emit(told)
        if self.window is not None:
            self.window.show_notice(told, "ok")

    def _on_export_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            self.refused.emit(str(error))
            if self.window is not None:
                self.window.show_notice(str(error), "error")

    def _make_window(self) -> ImagesWindow:
        window = self.window = ImagesWindow(self._main)
        window.image_chosen.connect(self._on_image_chosen)
        window.export_requested.connect(self._on_export_requested)
        window.closed.connect(self._on_closed)
        return window

    @Slot()
    def _on_closed(self) -> None:
        self._request = None

    def _place(self, window: ImagesWindow) -> None:
        """Place the window beside the main one if there is room, else where it covers least of it."""
        screen = self._main.screen() or QGuiApplication.primaryScreen()
        free, main = screen.availableGeometry(), self._main.frameGeometry()
        window.resize(window.size().boundedTo(free.size() * 0.9))
        window.move(best_place(free, main, window.frameGeometry()).topLeft())


def best_place(free: QRect, main: QRect, own: QRect) -> QRect:
    """Return where a window covers least of another one: at its right, left, below it, or in a corner of the screen."""
    right = QRect(own)
    right.moveTopLeft(main.topRight())
    left = QRect(own)
    left.moveTopRight(main.topLeft())
    corner = QRect(own)
    corner.moveBottomRight(free.bottomRight())
    inside = [each for each in (right, left) if free.contains(each)]
    return inside[0] if inside else corner


def _busy_title(request: ImagesRequest) -> str:
    asked, source = request.asked, request.source
    name = source.title if isinstance(source, TriggerSource) else asked.name.capitalize()
    return f"{name}: {counted(asked.shown_count, 'image')} of {asked.total:,}"


def _detail(request: ImagesRequest) -> str:
    return request.source.detail


def _free(path: Path) -> Path:
    """Return a path at which there is nothing yet."""
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found
