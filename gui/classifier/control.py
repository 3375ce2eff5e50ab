"""Keeps the classifier's answer up to date with the image, the trigger, the network and the step on the screen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from core.errors import InspectorError
from core.records import ImageAnswer
from core.words import printable
from gui.classifier import jobs as image_jobs
from gui.classifier.asked import asked_networks, masked_network
from gui.classifier.clipboard import Pasted
from gui.classifier.panel import ClassifierPanel
from gui.job_runner import Job, JobRunner, Question, Request
from gui.state.session import Role, Session
from gui.state.understood import targets_of

if TYPE_CHECKING:
    from core.data.image import InputImage
    from core.data.trigger import Trigger

SUNGLASSES_NAME = "sunglasses"
PRUNED = "pruned at the cursor"


@dataclass(frozen=True, slots=True)
class _ImageRequest:
    """A request to open an image."""

    control: "ClassifierControl"
    path: Path

    def make(self) -> Job:
        return image_jobs.open_image(self.path)

    def succeed(self, image: "InputImage") -> None:
        self.control.take_image(self.path, image)

    def fail(self, error: Exception) -> None:
        self.control.refuse(error)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The names of the image and of the network that an answer belongs to."""

    image_name: str
    network_text: str
    has_trigger: bool


NOTHING_PASTED = "The clipboard holds neither an image nor an image file."


@dataclass(frozen=True, slots=True)
class _PasteRequest:
    """An image that is on the clipboard."""

    control: "ClassifierControl"
    pasted: Pasted

    def make(self) -> Job:
        return image_jobs.open_pasted(self.pasted)

    def succeed(self, image: "InputImage") -> None:
        self.control.take_image(None, image)


class ClassifierControl(QObject):
    """Opens images and triggers, and classifies the image again after each change; only the newest request is kept."""

    opened = Signal(object, object)  # Role, Path
    refused = Signal(str)
    several_opened = Signal(object)  # tuple[Path, ...]: several image files, or folders of some
    answered = Signal(object, str, str, bool)  # ImageAnswer, the image's name, text of B′, whether the trigger is on
    feature_map_found = Signal(int, object)  # channel, its activation on the image: (h, w) float32, read-only

    def __init__(self, *, session: Session, runner: JobRunner, panel: ClassifierPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._panel = panel
        self._hovered = -1
        panel.trigger_toggled.connect(self._on_trigger_toggled)
        panel.network_chosen.connect(self._on_network_chosen)
        panel.answering_bar.back_requested.connect(self._on_back_requested)
        panel.trigger_reset_requested.connect(self._on_trigger_reset)
        panel.set_trigger_name(SUNGLASSES_NAME)
        panel.set_ready(False)
        session.files_changed.connect(self._on_files_changed)
        session.compared_changed.connect(self._show_networks)
        session.classified_changed.connect(self._on_classified_changed)
        session.image_changed.connect(self._on_image_changed)
        for changed in (session.scale_changed, session.mask_changed):
            changed.connect(self._classify)

    @Slot(object)
    def open_images(self, paths: Sequence[Path]) -> None:
        """Open image files and folders of them: a single file in the classifier, several as a gallery."""
        if len(paths) == 1 and not paths[0].is_dir():
            self.open_image(paths[0])
        elif paths:
            self.several_opened.emit(tuple(paths))

    def paste(self, pasted: Pasted) -> None:
        """Open what was on the clipboard."""
        if self._session.network is None:
            self.refused.emit("Open a model first: images are tested on it.")
        elif pasted.is_empty:
            self.refused.emit(NOTHING_PASTED)
        elif pasted.paths:
            self.open_images(pasted.paths)
        else:
            wanted = _PasteRequest(self, pasted)
            self._submit_opening("the pasted image", wanted.make, wanted.succeed, self.refuse)

    @Slot(object)
    def open_image(self, path: Path) -> None:
        """Open an image file; also possible during a run."""
        wanted = _ImageRequest(self, path)
        self._submit_opening(path.name, wanted.make, wanted.succeed, wanted.fail)

    def take_image(self, path: Path | None, image: "InputImage") -> None:
        """Show an image in the classifier that was opened from a file, or pasted."""
        if path is not None:
            self.opened.emit(Role.IMAGE, path)
        if self._session.network is not None:
            self._panel.show_busy()
        self._session.set_image(image, image.name)

    def refuse(self, error: Exception) -> None:
        """Say why an image or a trigger could not be opened; the last answer stays."""
        self._panel.show_error("")  # ends the "Opening …" state
        if isinstance(error, InspectorError):
            self.refused.emit(str(error))

    def open_trigger(self, path: Path) -> None:
        """Open a trigger image and put it on."""
        make = partial(self._make_open_trigger, path)
        self._submit_opening(path.name, make, self._on_trigger_opened, self.refuse, key="trigger")

    def put_trigger_on(self) -> None:
        """Put the trigger on the image, as if the user had checked it."""
        self._session.set_trigger_on(True)

    @Slot(int)
    def show_channel(self, channel: int) -> None:
        """Compute a channel's activation on the image; -1 for none."""
        self._hovered = channel
        self._request_feature_map()

    @Slot()
    def _on_files_changed(self) -> None:
        """Enable the panel if a model is open, and classify again."""
        self._panel.set_ready(self._session.network is not None)
        self._classify()

    @Slot()
    def _on_image_changed(self) -> None:
        """Show the trigger and whether it is on, and classify the image again."""
        trigger = self._session.trigger
        self._panel.set_trigger_name(SUNGLASSES_NAME if trigger is None else trigger.name)
        self._panel.set_trigger_on(self._session.is_trigger_on)
        self._classify()

    @Slot()
    def _show_networks(self) -> None:
        """Show the networks that can answer as B′, and the chosen one."""
        compared, asked = self._session.compared, self._session.classified
        names = [PRUNED, *(each.name for each in compared)]
        self._panel.show_networks(names, 1 + compared.index(asked) if asked in compared else 0)
        self._panel.answering_bar.show_network(printable(asked.name) if asked is not None else "")

    @Slot()
    def _on_classified_changed(self) -> None:
        """Show the chosen network, and grey the answer of the previous one until the new answer is ready."""
        self._show_networks()
        self._show_busy()
        self._classify()

    @property
    def _is_ready(self) -> bool:
        """Whether an image and a model are open."""
        return self._session.image is not None and self._session.network is not None

    @property
    def _files(self) -> tuple[object, ...]:
        """What an image is answered by."""
        return (self._session.network,)

    def _show_busy(self) -> None:
        if self._is_ready:
            self._panel.show_busy()

    @Slot()
    def _classify(self) -> None:
        """Classify the image with B, B′ and G; a newer request replaces one that still waits."""
        if not self._is_ready:
            return
        self._runner.submit(
            Request(
                name="Classifying",
                make=self._make_classify,
                on_succeeded=self._on_answered,
                on_failed=self._on_classify_failed,
                key="classify",
                is_light=True,
            )
        )

    def _submit_opening(
        self,
        name: str,
        make: Callable[[], Job | Question | None],
        on_succeeded: Callable[..., None],
        on_failed: Callable[[Exception], None],
        *,
        key: str = "image",
    ) -> None:
        self._show_opening(name)
        opening = f"Opening {name}"
        self._runner.submit(
            Request(name=opening, make=make, on_succeeded=on_succeeded, on_failed=on_failed, key=key, is_light=True)
        )

    def _show_opening(self, name: str) -> None:
        """Say at once that a file is being opened, or that it waits for the running job."""
        if self._session.network is None:
            return  # classified once a model is open
        current = self._runner.current
        is_free = current is None or current.is_light
        self._panel.show_busy(f"Opening {name} …" if is_free else f"{name} waits for its turn …")

    def _shown(self) -> image_jobs.ShownImage | None:
        session = self._session
        if session.image is None:
            return None
        return image_jobs.ShownImage(session.image, session.is_trigger_on, session.trigger)

    def _make_classify(self) -> Question | None:
        asked, shown = asked_networks(self._session), self._shown()
        if asked is None or shown is None:
            return None
        job = image_jobs.classify(asked.masked, shown, repaired=asked.repaired, level=asked.level)
        return Question(job, _Subject(self._session.image_name, asked.text, shown.has_trigger), self._files)

    def _on_answered(self, answer: ImageAnswer, subject: "_Subject") -> None:
        if self._session.network is not None:
            self._panel.show_answer(
                answer,
                image_name=subject.image_name,
                step_text=subject.network_text,
                target_labels=targets_of(self._session.poisoned_sets),
            )
            self.answered.emit(answer, subject.image_name, subject.network_text, subject.has_trigger)

    def _on_classify_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            self._panel.show_error(str(error))
        else:
            self._panel.show_error("The image could not be classified; see the log for the reason.")

    def _make_open_trigger(self, path: Path) -> Job | None:
        summary = self._session.summary
        if summary is None:
            self.refused.emit("Open a model first: the trigger is scaled to the size of its input images.")
            return None
        height, width, _ = summary.input_shape
        return image_jobs.open_trigger(path, height=height, width=width)

    def _on_trigger_opened(self, trigger: "Trigger") -> None:
        self._panel.show_error("")
        with self._session.step_of(f"Put {trigger.name} on the image"):
            self._session.set_trigger(trigger, is_on=True)

    @Slot(int)
    def _on_network_chosen(self, place: int) -> None:
        self._session.set_classified(self._session.compared[place - 1] if place else None)

    @Slot()
    def _on_back_requested(self) -> None:
        self._session.set_classified(None)

    @Slot(bool)
    def _on_trigger_toggled(self, is_on: bool) -> None:
        with self._session.step_of("Put the trigger on" if is_on else "Take the trigger off"):
            self._session.set_trigger_on(is_on)
        self._request_feature_map()

    @Slot()
    def _on_trigger_reset(self) -> None:
        with self._session.step_of(f"Use the {SUNGLASSES_NAME} as the trigger"):
            self._session.set_trigger(None)

    def _request_feature_map(self) -> None:
        if self._hovered < 0 or self._session.image is None:
            return
        self._runner.submit(
            Request(
                name="Computing a feature map",
                make=self._make_feature_map,
                on_succeeded=self._on_feature_map,
                key="feature map",
                is_light=True,
            )
        )

    def _make_feature_map(self) -> Question | None:
        masked, shown = masked_network(self._session), self._shown()
        if self._hovered < 0 or masked is None or masked.layer is None or shown is None:
            return None
        return Question(image_jobs.feature_map(masked, shown, self._hovered), self._hovered, self._files)

    def _on_feature_map(self, image: NDArray[np.float32], channel: int) -> None:
        self.feature_map_found.emit(channel, image)
