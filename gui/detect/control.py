"""Starts detections, shows what they find, and estimates how long they take."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal, Slot

from core.findings.scale_finding import ScaleFinding
from core.words import scale_name
from gui.detect import jobs
from gui.detect.form import NO_NETWORK, DetectForm
from gui.detect.panel import EMPTY_TEXT, NO_IMAGES, STOPPED, DetectPanel
from gui.detect.trigger_images import IMAGES_GONE
from gui.job_page.control import JobControl
from gui.job_runner import Job, JobRunner, Question, Request
from gui.state.detections import DetectionInputs, DetectionSettings, KeptDetection
from gui.state.session import Session

if TYPE_CHECKING:
    from core.detect.job import Detection

NOTHING_OPEN = (
    "The classes as bars, and the triggers that lead to them.\n\nOpen a model first. Clean images in “Clean "
    "validation” let more detectors run, and show the reconstructed triggers. No poisoned images are needed."
)
NOTHING_FOUND = "Stopped before any detector had found something."
EARLIER = " The earlier detection is shown again."
DISCARDED = "The detection finished, but another network is open by now, so it is not shown: detect again."
OUT_OF_DATE = "The clean images or the pixel range have changed since this detection: detect again."
ASSUMED = (
    "Nothing says what this network reads for a pixel, so {scale} was assumed: open clean images with labels, or "
    "choose the range on the page “Prune”."
)
NO_LONGER_OPEN = "The clean images of this detection are no longer open: detect again."


class DetectControl(JobControl):
    """Starts detections and shows them; at most one is kept."""

    changed = Signal()  # another detection is shown, or another class of it

    job_name = "Detecting"
    job_key = "detect"

    def __init__(
        self, *, session: Session, runner: JobRunner, form: DetectForm, panel: DetectPanel, parent: QObject
    ) -> None:
        super().__init__(session=session, runner=runner, form=form, parent=parent)
        self._form = form
        self._panel = panel
        self._kept: KeptDetection | None = None
        self._is_running = False
        self._running: KeptDetection | None = None  # what the detection in progress has found
        self._measured: tuple[DetectionInputs, tuple[int, ...] | None] | None = None
        form.settings_changed.connect(self._measure)
        panel.shown.connect(self._measure)
        panel.class_chosen.connect(self._on_class_chosen)
        session.scale_changed.connect(self.update)
        runner.became_idle.connect(self._measure)

    @property
    def is_running(self) -> bool:
        """Whether a detection is in progress."""
        return self._is_running

    @property
    def shown(self) -> KeptDetection | None:
        """The finished detection that is shown; None if there is none, or while one is in progress."""
        return self._kept if not self._is_running else None

    @Slot()
    def update(self) -> None:
        """Show what can be examined, after a change of the files or of the pixel range."""
        now = DetectionInputs.of(self._session)
        self._form.show_inputs(now)
        if not self._is_running:
            if self._kept is not None and (now is None or self._kept.inputs.network is not now.network):
                self._kept = None
            self._show()
        self._measure()

    def show_detection(self, kept: KeptDetection) -> None:
        """Show a finished detection of the open network; a repair begins with the classes that it names."""
        self._kept = kept
        self._session.set_suspects(kept.suspects)
        self._show()

    def _make(self) -> Job | None:
        inputs = DetectionInputs.of(self._session)
        if inputs is None or self._form.reason:
            self.refused.emit(self._form.reason)
            return None
        self._is_running, self._running = True, None
        self._panel.begin()
        self._begin()
        self.changed.emit()
        return jobs.detect_backdoors(inputs, self._form.settings)

    def _on_published(self, partial: object) -> None:
        if isinstance(partial, ScaleFinding):
            self._session.set_scale_finding(partial)
        elif isinstance(partial, KeptDetection):
            self._running = partial
            self._panel.show_detection(partial)
        elif self._running is not None:
            self._running = self._running.with_found(cast("Detection", partial), is_over=False)
            self._panel.show_detection(self._running)

    def _on_succeeded(self, kept: KeptDetection) -> None:
        self._end()
        if self._session.network is not kept.inputs.network:
            self._show()
            self.warned.emit(DISCARDED)
            return
        self.show_detection(kept)

    def _go_back(self) -> None:
        self._end()
        self._show()

    def _say_stopped(self) -> None:
        self._go_back()
        self.warned.emit(NOTHING_FOUND + (EARLIER if self._kept is not None else ""))

    def _end(self) -> None:
        self._is_running, self._running = False, None
        self._session.set_running(False)

    def _show(self) -> None:
        """Draw the kept detection; without one, show what to do."""
        kept, panel = self._kept, self._panel
        if kept is None:
            panel.clear()
            panel.set_empty_text(self._empty_text())
        else:
            panel.set_images_reason(self._why_no_images(kept))
            panel.show_detection(kept)
            panel.show_notice(self._notice(kept))
        self.changed.emit()

    def _empty_text(self) -> str:
        """Return what to do while there is no detection."""
        reason, now = self._form.reason, DetectionInputs.of(self._session)
        if reason:
            return NOTHING_OPEN if reason == NO_NETWORK else reason
        return EMPTY_TEXT if now is not None and now.image_count else NO_IMAGES

    def _why_no_images(self, kept: KeptDetection) -> str:
        """Return why the images that triggers were tried on cannot be shown; empty if they can."""
        is_open = any(each is kept.inputs.dataset for each in (self._session.validation, self._session.unlabelled))
        return "" if is_open else IMAGES_GONE

    def _notice(self, kept: KeptDetection) -> str:
        """Return what must be known of the kept detection; empty if there is nothing."""
        now = DetectionInputs.of(self._session)
        if not kept.is_current(now, self._session.scale):
            return NO_LONGER_OPEN if now is None or now.dataset is None else OUT_OF_DATE
        notices = [STOPPED] if kept.was_stopped else []
        if kept.inputs.is_scale_assumed:
            notices.append(ASSUMED.format(scale=scale_name(self._session.scale)))
        return " ".join(notices)

    @Slot(int)
    def _on_class_chosen(self, _label: int) -> None:
        self.changed.emit()

    @Slot()
    def _measure(self) -> None:
        """Measure how long each detector takes, if the page is shown and that is not known for these files."""
        inputs = DetectionInputs.of(self._session)
        if inputs is None or inputs.network.summary.is_repaired:
            self._forget_time()
            return
        wanted = (inputs, self._form.settings.classes)
        if not self._panel.isVisible() or self._runner.is_busy or self._is_measured(*wanted):
            return  # asked again when the page is shown and when the runner becomes idle
        self._measured = wanted
        self._form.show_seconds({})
        self._runner.submit(
            Request(
                name="Measuring the network's speed",
                make=self._make_estimate,
                on_succeeded=self._on_measured,
                on_failed=self._on_not_measured,
                key="detect-time",
                is_light=True,
            )
        )

    def _forget_time(self) -> None:
        self._measured = None
        self._form.show_seconds({})

    def _is_measured(self, inputs: DetectionInputs, classes: tuple[int, ...] | None) -> bool:
        return self._measured is not None and inputs.is_same(self._measured[0]) and classes == self._measured[1]

    def _make_estimate(self) -> Question | None:
        if self._measured is None:
            return None
        inputs, classes = self._measured
        every = tuple(box.detector for box in self._form.boxes)
        settings = DetectionSettings(every, classes, self._form.settings.seed)
        return Question(jobs.estimate_detection(inputs, settings), self._measured, files=(inputs.network,))

    def _on_measured(self, seconds: Mapping[str, float], of: object) -> None:
        if of is self._measured:
            self._form.show_seconds(seconds)

    def _on_not_measured(self, _error: Exception) -> None:
        """The time stays unknown; what is wrong is said when the detection starts."""
        self._form.show_seconds({})
