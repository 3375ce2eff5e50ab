"""Reads the images of the gallery and keeps their answers up to date, a few at a time in the gaps of other jobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from core.errors import InspectorError
from core.report.classify.answers_table import NamedAnswer, answers_table
from core.report.tables.plain_table import PlainTable
from gui.classifier.annotated.drawing import AnnotatedImage, annotated_mime
from gui.classifier.asked import AskedNetworks, WornTrigger, asked_networks, worn_trigger
from gui.classifier.gallery import jobs
from gui.classifier.gallery.records import Entry
from gui.classifier.gallery.window import GalleryWindow
from gui.job_runner import JobRunner, Question, Request
from gui.state.session import Session
from gui.state.understood import targets_of

KEY = "gallery"
MOST_AT_ONCE = 32
SHORT_S, LONG_S = 0.1, 0.3  # a slice of answers that is shorter grows, one that is longer shrinks
MOST_DRAGGED = 12


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What a slice of work belongs to."""

    networks: AskedNetworks
    worn: WornTrigger
    entries: tuple[Entry, ...]
    is_reading: bool


class GalleryControl(QObject):
    """Fills the gallery with images and answers."""

    image_chosen = Signal(object)  # Path: to be shown in the classifier
    add_requested = Signal()
    folder_requested = Signal()
    warned = Signal(str)
    count_changed = Signal(int)  # number of images
    window_made = Signal(object)  # GalleryWindow: its table can be exported from now on

    def __init__(self, *, session: Session, runner: JobRunner, trigger_name: str, parent_window: QWidget) -> None:
        super().__init__(parent_window)
        self._session = session
        self._runner = runner
        self._built_in_name = trigger_name
        self._parent_window = parent_window
        self._made: GalleryWindow | None = None
        self._asked: AskedNetworks | None = None
        self._worn: WornTrigger | None = None
        self._read_shape: tuple[int, int, int] | None = None  # what the images were resized to
        self._count = 4  # images that are answered at once
        self._is_stopped = False
        for changed in (
            session.files_changed,
            session.scale_changed,
            session.mask_changed,
            session.classified_changed,
            session.image_changed,
        ):
            changed.connect(self._on_changed)

    @property
    def window(self) -> GalleryWindow:
        """The gallery's window; made when it is first needed."""
        if self._made is None:
            window = self._made = GalleryWindow(self._parent_window)
            window.add_requested.connect(self.add_requested)
            window.folder_requested.connect(self.folder_requested)
            window.images_dropped.connect(self.add)
            window.image_chosen.connect(self.image_chosen)
            window.stop_requested.connect(self.stop)
            window.changed.connect(self._on_removed)
            window.model.write_annotated = self._write_annotated
            self.window_made.emit(window)
        return self._made

    @property
    def paths(self) -> tuple[Path, ...]:
        """The image files, in the order of opening."""
        entries = self._made.model.entries if self._made is not None else []
        return tuple(each.path.absolute() for each in sorted(entries, key=lambda each: each.number))

    @property
    def is_working(self) -> bool:
        """Whether images are left to read or to answer."""
        return not self._is_stopped and self._next_work() is not None

    @Slot()
    def show(self) -> None:
        """Show the gallery."""
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    @Slot(object)
    def add(self, paths: Sequence[Path]) -> None:
        """Add image files and those of folders, and show the gallery."""
        self._is_stopped = False
        self.show()
        request = _FindRequest(self, tuple(paths))
        self._runner.submit(
            Request(name="Looking for images", make=request.make, on_succeeded=self._on_found, is_light=True)
        )

    def replace(self, paths: Sequence[Path]) -> None:
        """Hold these image files in place of all others, and answer them; the gallery's window stays as it is."""
        if not paths and self._made is None:
            return
        self._is_stopped = False
        self.window.model.clear()
        self.window.model.add(paths[: jobs.MOST_COUNT])
        self.count_changed.emit(len(self.window.model.entries))
        self._on_changed()
        self._ask()

    @Slot()
    def stop(self) -> None:
        """Stop reading and answering; what there is stays."""
        self._is_stopped = True
        self._show_progress()

    def table(self) -> PlainTable:
        """Return the images that are shown, in the order of the window's table."""
        answers = [
            NamedAnswer(each.path, None if each.is_stale else each.answer, each.error) for each in self.window.listed()
        ]
        return answers_table(answers, network=self._network_text(), trigger=self._trigger_text())

    def _on_found(self, found: jobs.FoundImages) -> None:
        room = max(0, jobs.MOST_COUNT - len(self.window.model.entries))
        added_count = self.window.model.add(found.paths[:room])
        if not found.paths:
            self.warned.emit("There is no image file in what was opened.")
        elif min(room, len(found.paths)) < found.found_count:
            self.warned.emit(
                f"The gallery holds {jobs.MOST_COUNT:,} images: {added_count:,} of {found.found_count:,} were added."
            )
        self.count_changed.emit(len(self.window.model.entries))
        self._on_changed()
        self._ask()

    @Slot()
    def _on_removed(self) -> None:
        self.count_changed.emit(len(self.window.model.entries))
        self._show_progress()

    @Slot()
    def _on_changed(self) -> None:
        """Answer all images again if another network or trigger is asked."""
        if self._made is None:
            return
        window, asked, worn = self._made, asked_networks(self._session), worn_trigger(self._session)
        before, was_worn = self._asked, self._worn
        self._asked, self._worn = asked, worn
        labels = targets_of(self._session.poisoned_sets)
        if labels != window.target_labels:
            window.target_labels = labels
            window.filter()
        if asked is None:
            window.show_network("Open a model to classify images with it.")
        elif not asked.is_same(before) or not worn.is_same(was_worn):
            window.model.make_stale(is_read_again=self._read_shape not in (None, _shape(asked)))
            self._read_shape = _shape(asked)
            self._is_stopped = False
        if asked is not None:
            trigger = self._trigger_text()
            worn_text = f"with the trigger {trigger}" if trigger else "without a trigger"
            window.show_network(f"B′: {self._network_text()}; {worn_text}")
        self._ask()

    def _network_text(self) -> str:
        return "" if self._asked is None else self._asked.text

    def _trigger_text(self) -> str:
        session = self._session
        if not session.is_trigger_on:
            return ""
        return self._built_in_name if session.trigger is None else session.trigger.name

    def _next_work(self) -> _Asked | None:
        """Return the next slice of work: images that are read are answered before others are read."""
        asked, worn = self._asked, self._worn
        if self._made is None or asked is None or worn is None:
            return None
        entries = self._made.model.entries
        stale = [each for each in entries if each.is_stale and each.pixels is not None][: self._count]
        if stale:
            return _Asked(asked, worn, tuple(stale), is_reading=False)
        unread = [each for each in entries if not each.is_read][: jobs.AT_ONCE]
        return _Asked(asked, worn, tuple(unread), is_reading=True) if unread else None

    def _ask(self) -> None:
        self._show_progress()
        if self.is_working:
            self._runner.submit(
                Request(
                    name="Classifying the gallery",
                    make=self._make,
                    on_succeeded=self._on_answered,
                    on_failed=self._on_failed,
                    key=KEY,
                    is_light=True,
                )
            )

    def _make(self) -> Question | None:
        work = None if self._is_stopped else self._next_work()
        if work is None:
            return None
        if work.is_reading:
            job = jobs.read_images([each.path for each in work.entries], input_shape=_shape(work.networks))
        else:
            pixels = [each.pixels for each in work.entries if each.pixels is not None]
            job = jobs.answer_images(work.networks, pixels, work.worn)
        return Question(job, work, files=(self._session.network,))

    def _on_answered(self, result: Any, work: _Asked) -> None:
        if self._asked is not None and _shape(self._asked) == _shape(work.networks):
            if work.is_reading:
                for entry, read in zip(work.entries, result, strict=True):
                    entry.pixels, entry.error = read.pixels, read.error
                    entry.is_stale = not read.error
            elif self._asked.is_same(work.networks) and work.worn.is_same(self._worn):
                for entry, answer in zip(work.entries, result.answers, strict=True):
                    entry.answer, entry.is_stale = answer, False
                if result.seconds < SHORT_S:
                    self._count = min(2 * self._count, MOST_AT_ONCE)
                elif result.seconds > LONG_S:
                    self._count = max(1, self._count // 2)
            self.window.model.show_changed(work.entries)
        self._ask()

    def _on_failed(self, error: Exception) -> None:
        self._is_stopped = True  # it would fail again
        if isinstance(error, InspectorError):
            self.warned.emit(str(error))
        self._show_progress()

    def _show_progress(self) -> None:
        if self._made is not None:
            entries = self._made.model.entries
            done_count = sum(not each.is_stale for each in entries)
            self._made.show_progress(done_count, len(entries), is_working=self.is_working)

    def _write_annotated(self, entries: Sequence[Entry]) -> QMimeData:
        """Return the annotated images of some rows as files."""
        labels = targets_of(self._session.poisoned_sets)
        summary = self._session.summary
        return annotated_mime(
            [
                AnnotatedImage(
                    image_name=each.path.name,
                    model_name=summary.path.name if summary else "",
                    network_text=self._network_text(),
                    trigger_name=self._trigger_text(),
                    answer=each.answer,
                    target_labels=labels,
                )
                for each in entries
                if each.answer is not None and not each.is_stale
            ][:MOST_DRAGGED]
        )


@dataclass(frozen=True, slots=True)
class _FindRequest:
    """Files and folders in which images are looked for."""

    control: GalleryControl
    paths: tuple[Path, ...]

    def make(self) -> Any:
        return jobs.find_images(self.paths)


def _shape(asked: AskedNetworks) -> tuple[int, int, int]:
    height, width, channels = asked.masked.network.summary.input_shape
    return int(height), int(width), int(channels)
