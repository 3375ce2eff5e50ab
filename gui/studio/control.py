"""Makes the studio's trigger, puts it on the classifier's image, and stamps it on the validation images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from core.data.image import InputImage
from core.data.trigger_design.design import (
    Colour,
    Design,
    DesignKind,
    picture_design,
    square_design,
    sunglasses_design,
)
from core.data.trigger_design.placing import Placement
from core.errors import InspectorError
from core.records import ImageAnswer
from gui.job_runner import Job, JobRunner, Question, Request
from gui.state.session import Session
from gui.state.understood import targets_of
from gui.studio import jobs
from gui.studio.brush import with_stroke
from gui.studio.stamping import Stamping
from gui.studio.window import StudioWindow
from gui.theme import formatting

if TYPE_CHECKING:
    from core.data.trigger import Trigger
    from core.data.trigger_design.pairs import PairsTrigger

DELAY_MS = 40  # while a trigger is dragged, the networks answer this late at most
NO_IMAGE = "Open an image, or take a clean one, to see the trigger on it."
BLEND_OPACITY, TINT_OPACITY = 0.2, 0.2


@dataclass(frozen=True, slots=True)
class _Opened:
    """An image that is opened to make a trigger of."""

    control: "StudioControl"
    path: Path

    def make(self) -> Job:
        return jobs.open_source(self.path)

    def succeed(self, image: InputImage) -> None:
        self.control.take_source(image)


class StudioControl(QObject):
    """Follows the window of the studio; its trigger is that of the classifier while the studio is open.

    Attributes:
        trigger: the trigger as it is shown and stamped; None if there is none yet.
    """

    refused = Signal(str)
    source_wanted = Signal()  # an image file to make a trigger of
    pairs_wanted = Signal(bool)  # images of the pairs: those with the trigger, or those without

    def __init__(self, *, session: Session, runner: JobRunner, stamping: Stamping, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._runner = runner
        self._stamping = stamping
        self._parent_window = window
        self._made: StudioWindow | None = None
        self._seen: NDArray[np.float32] | None = None  # the image without the trigger
        self._seen_of: tuple[InputImage, jobs.Shape] | None = None
        self._designs: dict[DesignKind, Design] = {}  # as each kind was left
        self._pairs: dict[bool, tuple[Path, ...]] = {}
        self._size: tuple[int, int] | None = None
        self._row = -1
        self.trigger: Trigger | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._put_on)
        session.image_changed.connect(self._on_image_changed)
        session.files_changed.connect(self._on_files_changed)
        session.running_changed.connect(stamping.show_reasons)

    @property
    def window(self) -> StudioWindow:
        """The studio's window; made when it is first needed."""
        if self._made is None:
            window = self._made = StudioWindow(self._parent_window)
            window.settings.design_changed.connect(self._take)
            window.settings.kind_chosen.connect(self._on_kind_chosen)
            window.settings.source_requested.connect(self._on_source_requested)
            window.canvas.placement_changed.connect(self._on_placement_changed)
            window.canvas.stroke_drawn.connect(self._on_stroke)
            window.image_requested.connect(self.show_clean_image)
            window.history.restored.connect(self._show)
            self._stamping.attach(window)
        return self._made

    @Slot()
    def open(self) -> None:
        """Show the studio, with the trigger of the classifier."""
        if self._session.summary is None:
            self.refused.emit("Open a model first: the trigger is made for its input images.")
            return
        window = self.window
        self._fit_to_network()
        window.show()
        window.raise_()
        window.activateWindow()
        if self._session.image is None:
            self.show_clean_image()
        self._on_image_changed()

    @Slot()
    def show_clean_image(self) -> None:
        """Take the next validation image as the classifier's image."""
        validation = self._session.validation
        if validation is not None:
            self._row = (self._row + 1) % validation.image_count
            job = jobs.clean_image(validation, self._row, self._session.scale)
            self._submit("Taking a clean image", lambda: job, self._take_clean, key="studio image")

    def open_source(self, path: Path) -> None:
        """Open an image to make a patch or a blend of."""
        wanted = _Opened(self, path)
        self._submit(f"Opening {path.name}", wanted.make, wanted.succeed, key="studio source")

    def take_source(self, image: InputImage) -> None:
        """Make a patch or a blend of an image."""
        if self._size is None:
            return
        design = self.window.settings.design
        if design.kind is DesignKind.BLEND:
            self._show(replace(design, name=f"{image.name} blended in", source=np.array(image.rgba)))
        else:
            self._show(picture_design(image.name, np.array(image.rgba), *self._size))

    @Slot(object, bool)
    def take_pairs(self, paths: Sequence[Path], has_trigger: bool) -> None:
        """Take the images of the pairs that have the trigger, or those that do not; with both it is found."""
        self._pairs[has_trigger] = tuple(paths)
        without, images = self._pairs.get(False, ()), self._pairs.get(True, ())
        self.window.settings.show_note(f"{len(without)} without it, {len(images)} with it")
        summary = self._session.summary
        if without and images and summary is not None:
            job = jobs.find_pairs_trigger(without, images, _shape(summary.input_shape))
            self._submit("Reading pairs of images", lambda: job, self._on_pairs_found, key="studio pairs")

    @Slot(object, str, str, bool)
    def show_answer(self, answer: ImageAnswer, image_name: str, network_text: str, has_trigger: bool) -> None:
        """Show what the networks answer for the image with the trigger."""
        del image_name, network_text
        if self._made is not None:
            self._made.show_answer(_answer_text(answer, targets_of(self._session.poisoned_sets), is_on=has_trigger))

    def _submit(self, name: str, make: object, succeed: object, *, key: str) -> None:
        self._runner.submit(
            Request(
                name=name,
                make=make,  # type: ignore[arg-type] # jobs of several kinds
                on_succeeded=succeed,  # type: ignore[arg-type]
                on_failed=self._on_failed,
                key=key,
                is_light=True,
            )
        )

    def _take_clean(self, image: InputImage) -> None:
        self._session.set_image(image, image.name)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            self.window.settings.show_note(f"{str(error).rstrip('.')}.")

    @Slot(object)
    def _on_kind_chosen(self, kind: DesignKind) -> None:
        if self._size is None:
            return
        self._show(self._designs.get(kind) or _fresh(kind, self._size, self.window.settings.colour))

    @Slot(str)
    def _on_source_requested(self, key: str) -> None:
        if self._size is None:
            return
        if key in ("square", "recolour"):
            made = square_design(*self._size, self.window.settings.colour)
            old = self.window.settings.design
            self._show(made if key == "square" else replace(old, source=made.source))
        elif key == "sunglasses":
            self._show(sunglasses_design(*self._size))
        elif key == "clear":
            self._show(replace(self.window.settings.design, source=np.zeros((*self._size, 4), np.uint8)))
        elif key == "open":
            self.source_wanted.emit()
        else:
            self.pairs_wanted.emit(key == "with")

    def _on_pairs_found(self, found: "PairsTrigger") -> None:
        design = replace(self.window.settings.design, found=found.trigger, opacity=1.0)
        note = f"Taken from {found.pair_count} pairs; on average they differ from it by {found.error:.1f} levels."
        self._show(design, note=note)

    @Slot(object)
    def _on_placement_changed(self, placement: Placement) -> None:
        self._show(replace(self.window.settings.design, placement=placement), is_from_canvas=True)

    @Slot(object, object, bool)
    def _on_stroke(self, start: QPointF, end: QPointF, is_erasing: bool) -> None:
        settings = self.window.settings
        source = settings.design.source
        if source is not None:
            colour = None if is_erasing else settings.colour
            drawn = with_stroke(source, start, end, width=settings.brush, colour=colour)
            self._show(replace(settings.design, source=drawn), is_from_canvas=True)

    def _show(self, design: Design, *, note: str = "", is_from_canvas: bool = False) -> None:
        self.window.settings.show_design(design, note=note)
        self._take(design, is_from_canvas=is_from_canvas)

    @Slot(object)
    def _take(self, design: Design, *, is_from_canvas: bool = False) -> None:
        """Make the trigger of its settings, and show it at once; the networks answer a little later."""
        assert self._size is not None
        self.window.history.record(design, is_from_canvas=is_from_canvas)
        self._designs[design.kind] = design
        try:
            self.trigger = design.trigger(*self._size)
        except InspectorError:  # nothing drawn or opened yet
            self.trigger = None
        if not is_from_canvas:
            placement = design.placement if design.kind is DesignKind.PATCH else None
            self.window.canvas.set_tool(placement, is_drawing=design.kind is DesignKind.DRAWING)
        self._stamping.set_trigger(self.trigger, is_pattern=design.is_pattern)
        self._draw()
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _put_on(self) -> None:
        """Put the trigger on the classifier's image."""
        if self._made is None or not self._made.isVisible():
            return
        if self.trigger is not None:
            self._session.set_trigger(self.trigger, is_on=True)
        elif self._session.is_trigger_on:
            self._session.set_trigger_on(False)

    def _draw(self) -> None:
        window = self.window
        if self._seen is None:
            window.canvas.show_image(None)
            window.image_label.setText(NO_IMAGE)
            return
        window.canvas.show_image(shown_pixels(self._seen, self.trigger))
        window.image_label.setText(self._session.image_name)

    @Slot()
    def _on_image_changed(self) -> None:
        """Crop and resize another image for the studio."""
        image, summary = self._session.image, self._session.summary
        if self._made is None or not self._made.isVisible() or image is None or summary is None:
            return
        subject = image, _shape(summary.input_shape)
        if subject != self._seen_of:
            self._seen_of = subject
            self._submit("Cropping the image", self._make_seen, self._on_seen, key="studio crop")

    def _make_seen(self) -> Question | None:
        return None if self._seen_of is None else Question(jobs.see_image(*self._seen_of), self._seen_of)

    def _on_seen(self, pixels: NDArray[np.float32], subject: tuple[InputImage, jobs.Shape]) -> None:
        if subject == self._seen_of:
            self._seen = pixels
            self._draw()

    @Slot()
    def _on_files_changed(self) -> None:
        if self._made is None:
            return
        if self._session.summary is None:
            self._made.close()
        else:
            self._fit_to_network()
            self._on_image_changed()

    def _fit_to_network(self) -> None:
        """Begin anew for a network with another input size; a trigger of the classifier is taken over."""
        summary = self._session.summary
        assert summary is not None
        self.window.target_field.setRange(0, summary.class_count - 1)
        self._stamping.show_reasons()
        size = int(summary.input_shape[0]), int(summary.input_shape[1])
        if size == self._size:
            if self.trigger is not None:
                self._timer.start()
            return
        self._size, self._seen, self._seen_of, self._row = size, None, None, -1
        self._designs.clear()
        self.window.history.clear()
        self._show(_start(self._session.trigger, size))


def shown_pixels(seen: NDArray[np.float32], trigger: "Trigger | None") -> NDArray[np.uint8]:
    """Return an image (H, W, C), 0–255, with the trigger on it, as it is stamped: uint8."""
    whole = np.rint(seen).astype(np.uint8)
    return whole if trigger is None else np.asarray(trigger.apply(whole[np.newaxis])[0])


def _shape(input_shape: Sequence[int]) -> jobs.Shape:
    height, width, channels = input_shape
    return int(height), int(width), int(channels)


def _fresh(kind: DesignKind, size: tuple[int, int], colour: Colour) -> Design:
    """Return the settings that a kind of trigger begins with."""
    height, width = size
    drawing = np.zeros((height, width, 4), np.uint8)
    fresh = {
        DesignKind.DRAWING: Design(kind, "drawing", drawing),
        DesignKind.BLEND: Design(kind, "blend", opacity=BLEND_OPACITY),
        DesignKind.TINT: Design(kind, "tint", opacity=TINT_OPACITY, colour=colour),
        DesignKind.WAVE: Design(kind, "sinusoid"),
        DesignKind.WARP: Design(kind, "warp", strength=max(1.0, round(min(height, width) / 40, 1))),
        DesignKind.PAIRS: Design(kind, "trigger of pairs"),
    }
    return fresh.get(kind) or sunglasses_design(height, width)


def _start(worn: "Trigger | None", size: tuple[int, int]) -> Design:
    """Return the trigger of the classifier as a patch, if it is a pattern; else the sunglasses."""
    is_pattern = worn is not None and worn.change is None and worn.moves is None and worn.channel_count == 3
    if worn is None or not is_pattern:
        return sunglasses_design(*size)
    rgba = np.concatenate([worn.colours, 255 * worn.opacity], axis=2)
    return picture_design(worn.name, np.rint(rgba).astype(np.uint8), *size)


def _answer_text(answer: ImageAnswer, target_labels: frozenset[int], *, is_on: bool) -> str:
    base, pruned = answer.base[0], answer.pruned[0]
    return (
        f"B answers {base.label} ({formatting.probability_text(base.value)}), "
        f"B′ {pruned.label} ({formatting.probability_text(pruned.value)}){'' if is_on else ' (the trigger is off)'}. "
        f"{formatting.verdict_text(answer, target_labels)}"
    )
