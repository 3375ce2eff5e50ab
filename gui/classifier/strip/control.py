"""Keeps STRIP's evidence up to date with the image: its own blends first, then the calibration, slice by slice.

B alone is asked: clean pictures would have to be blended again at every step of the pruning. The classifier's own
answer goes first: a slice of this work ends when the image, the trigger or the cursor changes.
"""

import threading
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot

from core.detect.strip.records import StripCalibration, evidence_of, no_answers
from core.errors import InspectorError
from core.network.inputs import EvaluationInputs
from gui.classifier.jobs import ShownImage
from gui.classifier.strip import jobs as strip_jobs
from gui.classifier.strip.view import StripView
from gui.job_runner import JobRunner, Question, Request
from gui.state.session import Session

if TYPE_CHECKING:
    from core.detect.strip.job import PartialCalibration

KEY = "strip"
FAILED_TEXT = "The image could not be blended with clean pictures; see the log for the reason."

_Shown = tuple[Any, Any, bool]


class StripControl(QObject):
    """Asks for the blends of the image, and for the calibration while no other job runs."""

    def __init__(self, *, session: Session, runner: JobRunner, view: StripView, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._runner, self._view = session, runner, view
        self._is_urgent = threading.Event()
        self._inputs: EvaluationInputs | None = None
        self._asked: _Shown | None = None  # the image that `_blended` belongs to
        self._blended: strip_jobs.BlendedImage | None = None
        self._partial: PartialCalibration | None = None
        self._has_failed = False
        self._lack = ""  # why nothing is asked of `_inputs`
        for changed in (session.files_changed, session.scale_changed, session.image_changed):
            changed.connect(self._on_changed)
        session.mask_changed.connect(self._give_way)
        session.classified_changed.connect(self._give_way)
        runner.became_idle.connect(self._ask)

    @Slot()
    def _on_changed(self) -> None:
        """Drop what belongs to other files or to another image, and ask again."""
        self._is_urgent.set()
        inputs = self._usable_inputs()
        if inputs != self._inputs:
            self._inputs, self._partial, self._blended, self._has_failed = inputs, None, None, False
            self._lack = "" if inputs is None else strip_jobs.lack_of(inputs)
        shown = self._shown()
        if shown != self._asked:
            blender = None if self._blended is None else self._blended.blender
            self._asked, self._has_failed = shown, False
            self._blended = None if blender is None else strip_jobs.BlendedImage(blender, no_answers(0))
        self._show()
        self._ask()

    @Slot()
    def _give_way(self) -> None:
        """Let the classifier answer first."""
        self._is_urgent.set()

    def _usable_inputs(self) -> EvaluationInputs | None:
        inputs = self._session.inputs
        if inputs is None or inputs.scale is None or inputs.network.summary.is_repaired:
            return None
        return inputs

    def _shown(self) -> _Shown | None:
        session = self._session
        if session.image is None:
            return None
        return session.image, session.trigger, session.is_trigger_on

    @property
    def _has_answers(self) -> bool:
        return self._blended is not None and len(self._blended.answers) > 0

    @property
    def _needs_calibration(self) -> bool:
        """Whether clean or triggered pictures are left to measure, and no job would be slowed by it."""
        current = self._runner.current
        is_free = current is None or current.is_light
        return is_free and (self._partial is None or not self._partial.is_whole)

    @property
    def _has_work(self) -> bool:
        is_possible = not (self._inputs is None or self._asked is None or self._lack or self._has_failed)
        return is_possible and (not self._has_answers or self._needs_calibration)

    @Slot()
    def _ask(self) -> None:
        if self._has_work:
            self._runner.submit(
                Request(
                    name="Blending with clean pictures",
                    make=self._make,
                    on_succeeded=self._on_answered,
                    on_failed=self._on_failed,
                    key=KEY,
                    is_light=True,
                )
            )

    def _make(self) -> Question | None:
        """Return the next piece of work; None if there is none by now."""
        inputs, shown = self._inputs, self._asked
        if not self._has_work or inputs is None or shown is None:
            return None
        self._is_urgent = threading.Event()
        blender = None if self._blended is None else self._blended.blender
        if not self._has_answers or blender is None:
            image, trigger, is_on = shown
            job = strip_jobs.blend_image(
                inputs, ShownImage(image, is_on, trigger), blender=blender, is_urgent=self._is_urgent
            )
            return Question(job, (inputs, shown), files=inputs.files)
        job = strip_jobs.calibrate_further(inputs, blender, self._partial, is_urgent=self._is_urgent)
        return Question(job, (inputs, None), files=inputs.files)

    def _on_answered(self, result: Any, asked: tuple[EvaluationInputs, _Shown | None]) -> None:
        inputs, shown = asked
        if result is not None and inputs == self._inputs:
            if shown is None:
                self._partial = result
            elif shown == self._asked:
                self._blended = result
            self._show()
        self._ask()

    def _on_failed(self, error: Exception) -> None:
        self._has_failed = True
        self._view.show_sentence(f"{error}." if isinstance(error, InspectorError) else FAILED_TEXT)

    def _show(self) -> None:
        if self._inputs is None or self._asked is None:
            self._view.clear()
        elif self._lack:
            self._view.show_sentence(self._lack)
        elif self._has_failed:
            return
        elif self._blended is None or not self._has_answers:
            self._view.show_busy()
        else:
            partial, count = self._partial, self._blended.answers.blend_count
            calibration = StripCalibration(no_answers(count)) if partial is None else partial.calibration
            self._view.show_evidence(
                evidence_of(self._blended.answers, calibration), is_whole=partial is not None and partial.is_whole
            )
