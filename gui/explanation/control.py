"""Explains the classifier's answer, a moment at a time in the gaps of other jobs; the newest request wins."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from core.records import ImageAnswer
from gui.classifier.asked import asked_networks
from gui.classifier.jobs import ShownImage
from gui.explanation import jobs
from gui.explanation.jobs import Explanation, Subject
from gui.explanation.map_view import MapView
from gui.explanation.window import OF_BASE, OF_PRUNED, OWN, ExplanationWindow
from gui.job_runner import JobRunner, Question, Request
from gui.state.session import Session
from gui.theme import formatting

if TYPE_CHECKING:
    from core.metrics.explanation.grad_cam import GradCam

KEY = "explanation"
WAITING, STOPPED, NOTHING = "Computing …", "Stopped", "No place of the image speaks for this class."
FAILED = "It could not be computed; see the log for the reason."


class ExplanationControl(QObject):
    """Explains each new answer while its window is open.

    Attributes:
        explanation: what was found so far for `subject`.
        subject: what is explained; None while there is nothing.
    """

    def __init__(self, *, session: Session, runner: JobRunner, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._runner = runner
        self._parent_window = window
        self._made: ExplanationWindow | None = None
        self._answer: ImageAnswer | None = None
        self._names = ("", "")
        self._choice = OWN
        self._is_stopped = False
        self.subject: Subject | None = None
        self.explanation = Explanation()
        session.files_changed.connect(self._on_files_changed)

    @property
    def window(self) -> ExplanationWindow:
        """The window; made when it is first needed."""
        if self._made is None:
            self._made = ExplanationWindow(self._parent_window)
            self._made.class_chosen.connect(self._on_class_chosen)
            self._made.stop_requested.connect(self.stop)
            self._made.closed.connect(self.stop)
        return self._made

    @property
    def is_working(self) -> bool:
        """Whether something is left to compute."""
        is_open = self._made is not None and self._made.isVisible()
        return is_open and self.subject is not None and not self._is_stopped and not self.explanation.is_whole

    @Slot()
    def open(self) -> None:
        """Explain the answer that the classifier shows."""
        if self._answer is not None:
            self.window.show()
            self.window.raise_()
            self.window.activateWindow()
            self._begin()

    @Slot(object, str, str, bool)
    def take_answer(self, answer: ImageAnswer, image_name: str, network_text: str, has_trigger: bool) -> None:
        """Explain a new answer, if the window is open."""
        del has_trigger
        self._answer, self._names = answer, (image_name, network_text)
        if self._made is not None and self._made.isVisible():
            self._begin()

    @Slot()
    def stop(self) -> None:
        """Stop; what there is stays."""
        self._is_stopped = True
        self._show()

    @Slot(str)
    def _on_class_chosen(self, choice: str) -> None:
        self._choice = choice
        self._begin()

    @Slot()
    def _on_files_changed(self) -> None:
        if self._session.network is None:
            self._answer = self.subject = None
            if self._made is not None:
                self._made.close()

    def _begin(self) -> None:
        """Forget what was found, and begin with what the classifier shows now."""
        session, answer, asked = self._session, self._answer, asked_networks(self._session)
        if answer is None or asked is None or session.image is None:
            return
        base, pruned = answer.base[0].label, answer.pruned[0].label
        labels = {OWN: (base, pruned), OF_BASE: (base, base), OF_PRUNED: (pruned, pruned)}[self._choice]
        self.subject = Subject(asked, ShownImage(session.image, session.is_trigger_on, session.trigger), labels)
        self.explanation, self._is_stopped = Explanation(), False
        self.window.show_classes(base, pruned, self._choice)
        self._ask()

    def _ask(self) -> None:
        self._show()
        if self.is_working:
            self._runner.submit(
                Request(
                    name="Explaining the answer",
                    make=self._make,
                    on_succeeded=self._on_found,
                    on_failed=self._on_failed,
                    key=KEY,
                    is_light=True,
                )
            )

    def _make(self) -> Question | None:
        if not self.is_working or self.subject is None:
            return None
        job = jobs.explain_further(self.subject, self.explanation)
        return Question(job, self.subject, files=(self._session.network,))

    def _on_found(self, found: Explanation, subject: Subject) -> None:
        if subject is self.subject:
            self.explanation = found
        self._ask()

    def _on_failed(self, _error: Exception) -> None:
        self._is_stopped = True
        self._show()
        for view in (*self.window.occlusions, *self.window.cams):
            view.show_text(FAILED)

    def _show(self) -> None:
        if self._made is None or self.subject is None or self._answer is None:
            return
        window, found, seen = self._made, self.explanation, self._answer.seen
        window.image_label.setText(self._names[0])
        for title, name, label in zip(window.titles, ("B", f"B′, {self._names[1]}"), self.subject.labels, strict=True):
            title.setText(f"{name}: class {label}")
        window.show_progress(found.done_share, is_working=self.is_working)
        waiting = STOPPED if self._is_stopped else WAITING
        # The same scale for both networks: a map that is weak beside the other one looks weak.
        maps = [None if each.sums is None else each.sums.map for each in found.parts]
        largest = max((float(each.max()) for each in maps if each is not None), default=0.0)
        for view, values, part in zip(window.occlusions, maps, found.parts, strict=True):
            if values is None:
                view.show_text(_sentence(part.reason) or waiting)
            else:
                view.show_map(seen, values, largest)
        window.occlusion_bar.show_ends("no fall", f"the lead falls by {formatting.number_text(max(largest, 0.0))}")
        self._show_cams(waiting)

    def _show_cams(self, waiting: str) -> None:
        assert self._made is not None and self._answer is not None
        cams = [_sentence(each.reason) or each.cam for each in self.explanation.parts]
        found = [float(each.map.max()) for each in cams if each is not None and not isinstance(each, str)]
        largest = max(found, default=0.0)
        for view, cam in zip(self._made.cams, cams, strict=True):
            _show_cam(view, cam, self._answer, largest, waiting)
        self._made.cam_bar.show_ends("0", formatting.number_text(largest) if found else "")


def _show_cam(view: MapView, cam: "GradCam | str | None", answer: ImageAnswer, largest: float, waiting: str) -> None:
    if cam is None:
        view.show_text(waiting)
    elif isinstance(cam, str):
        view.show_text(_sentence(cam))
    elif not np.any(cam.map):
        view.show_text(NOTHING)
    else:
        view.show_map(answer.seen, cam.map, largest)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""
