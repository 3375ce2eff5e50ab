"""Takes what a session file holds from the window, and puts it back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import SignalInstance

from gui.compare.page import ComparePage
from gui.detect.page import DetectPage
from gui.page import Page
from gui.prune.page import PrunePage
from gui.repair.page import RepairPage
from gui.session_file.forms import put_forms_back, take_forms
from gui.session_file.jobs import OpenedSession
from gui.session_file.records import (
    StoredDetection,
    StoredFiles,
    StoredGallery,
    StoredImage,
    StoredLayout,
    StoredNetworks,
    StoredPins,
    StoredPruning,
    StoredRun,
    StoredSession,
)
from gui.state.preferences import Preferences
from gui.state.pruning_run import Settings
from gui.state.session import Session
from gui.state.understood import Understood


class Frame(Protocol):
    """The part of the window that arranges the pages."""

    @property
    def page(self) -> Page:
        """The page that is shown."""

    @property
    def order(self) -> tuple[str, ...]:
        """The keys of the pages."""

    def show_page(self, key: str) -> None:
        """Show the page with this key."""

    def restore(self, preferences: Preferences) -> None:
        """Restore the sizes of the columns."""

    def remember(self, preferences: Preferences) -> None:
        """Write the sizes of the columns to preferences."""


class Gallery(Protocol):
    """Several images with their verdicts."""

    @property
    def count_changed(self) -> SignalInstance:
        """Emitted when there are more or fewer images."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The image files, in the order of opening."""

    def replace(self, paths: Sequence[Path]) -> None:
        """Hold these image files in place of all others."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowState:
    """What of the window a session file holds.

    Attributes:
        session: the window's state.
        frame: arranges the pages.
        detect, prune, repair, compare: the pages.
        gallery: several images with their verdicts.
    """

    session: Session
    frame: Frame
    detect: DetectPage
    prune: PrunePage
    repair: RepairPage
    compare: ComparePage
    gallery: Gallery

    @property
    def is_empty(self) -> bool:
        """Whether nothing is open."""
        session = self.session
        return session.network is None and not session.sets and session.unlabelled is None

    def take(self) -> StoredSession:
        """Return what the window holds now."""
        session, layout = self.session, Preferences()
        self.frame.remember(layout)
        detection = self.detect.control.shown
        return StoredSession(
            files=StoredFiles(
                session.network,
                session.validation,
                session.test,
                session.poisoned,
                session.unlabelled,
                session.label_map,
                session.own_orders,
                session.scale_finding,
                _understood(session),
            ),
            pruning=_pruning(session),
            networks=StoredNetworks(
                session.repairs,
                session.compared,
                session.suspects,
                session.classified,
                self.repair.control.shown,
                self.compare.control.is_by_confidence,
                self.compare.control.false_alarm_rate,
                self.compare.compare_panel.chosen,
            ),
            detection=StoredDetection(detection, self.detect.detect_panel.label if detection is not None else None),
            image=StoredImage(session.image, session.image_name, session.trigger, session.is_trigger_on),
            layout=StoredLayout(self.frame.page.key, layout.columns, self.prune.rows.state, self.prune.folded_rows),
            forms=take_forms(self.repair.repair_form, self.detect.detect_form),
            pins=StoredPins(self.prune.pins.pins),
            gallery=StoredGallery(tuple(map(str, self.gallery.paths))),
        )

    def put_back(self, opened: OpenedSession) -> Iterator[None]:
        """Show what a session file holds, in place of everything that is open; in steps, so that the window answers.

        The first step changes the whole state, the others show it.
        """
        stored, session = opened.stored, self.session
        networks, layout = stored.networks, stored.layout
        _put_files(session, stored)
        _put_pruning(session, opened)
        session.repairs, session.compared = networks.repairs, networks.compared
        session.classified, session.suspects = networks.classified, networks.suspects
        session.image, session.image_name = stored.image.image, stored.image.name
        session.trigger, session.is_trigger_on = stored.image.trigger, stored.image.is_trigger_on
        known = stored.files.understood
        if known.inputs is not None:
            session.set_interpretations(known.inputs, known.interpretations)
        self.prune.prune_form.show_side(session.side)
        self.prune.prune_form.show_thresholds(session.thresholds)
        self.prune.pins.replace(stored.pins.pins)
        for signal in _signals(session):
            yield
            signal.emit()
        yield
        if session.network is not stored.files.network:
            return  # another model was opened meanwhile
        if networks.shown_repair is not None:
            self.repair.control.show_repair(networks.shown_repair)
            yield
        self.compare.control.show_rule(
            is_by_confidence=networks.is_by_confidence, false_alarm_rate=networks.false_alarm_rate
        )
        self.compare.compare_panel.choose(networks.chosen_line)
        session.set_classified(networks.classified)  # a chosen line has the classifier answer with it
        yield
        if stored.detection.kept is not None:
            self.detect.control.show_detection(stored.detection.kept)
            if stored.detection.label is not None:
                self.detect.detect_panel.choose(stored.detection.label)
        session.set_suspects(networks.suspects)
        put_forms_back(stored.forms, self.repair.repair_form, self.detect.detect_form)
        yield
        self.frame.restore(Preferences(columns=layout.columns))
        self.prune.fold_rows(layout.folded_rows)
        self.prune.rows.restore(layout.rows)
        if layout.page in self.frame.order:
            self.frame.show_page(layout.page)
        yield
        self.gallery.replace([Path(each) for each in stored.gallery.paths])


def _understood(session: Session) -> Understood:
    known = tuple(each for each in session.interpretations if each is not None)
    return Understood(session.inputs, known) if known and len(known) == len(session.poisoned) else Understood()


def _pruning(session: Session) -> StoredPruning:
    shown = session.run if session.run is not None and session.run.points else None
    runs = list(session.finished.values())
    if shown is not None and shown not in runs:
        runs.append(shown)
    stored = {id(run): StoredRun.of(run) for run in runs}
    return StoredPruning(
        session.settings,
        session.several,
        session.thresholds,
        session.side,
        tuple(stored.values()),
        None if shown is None else stored[id(shown)],
        session.step,
        session.hand_mask,
        session.hand_point,
    )


def _put_files(session: Session, stored: StoredSession) -> None:
    files = stored.files
    session.network, session.validation, session.test = files.network, files.validation, files.test
    session.poisoned, session.unlabelled = files.poisoned, files.unlabelled
    session.label_map, session.own_orders = files.label_map, dict(files.own_orders)
    session.scale_finding = files.scale_finding if files.network is not None and files.validation is not None else None


def _put_pruning(session: Session, opened: OpenedSession) -> None:
    pruning = opened.stored.pruning
    shown = next(
        (run for run, each in zip(opened.runs, pruning.runs, strict=True) if each is pruning.shown),
        None,
    )
    has_network = session.network is not None
    session.settings = pruning.settings if has_network else Settings()
    session.several = pruning.several if has_network else ()
    session.thresholds, session.side = pruning.thresholds or session.thresholds, pruning.side
    session.finished = {run.settings: run for run in opened.runs if run.inspection is not None}
    session.run = shown
    session.step = min(pruning.step, shown.last_step) if shown is not None else 0
    has_run = shown is not None
    session.hand_mask = pruning.hand_mask if has_run else None
    session.hand_point, session.hand_estimate = pruning.hand_point if has_run else None, None


def _signals(session: Session) -> tuple[SignalInstance, ...]:
    """Return what announces that everything changed, in the order in which it is announced for another model."""
    return (
        session.files_changed,
        session.scale_changed,
        session.repairs_changed,
        session.compared_changed,
        session.classified_changed,
        session.suspects_changed,
        session.run_changed,
        session.mask_changed,
        session.image_changed,
    )
