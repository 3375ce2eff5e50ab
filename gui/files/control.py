"""Opens and closes models and data. A file is loaded completely before it replaces an open one."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from core.data.dataset import check_fits
from core.errors import DatasetError, InspectorError
from core.findings.scale_finding import ScaleFinding
from core.screen.verdict import FileVerdict
from core.words import counted, joined
from gui.files import dialogs, jobs
from gui.files.data_choices import DataChoices
from gui.files.files_panel import FilesPanel
from gui.files.opening.closed_files import ClosedFiles
from gui.files.opening.file_notes import FileNotes
from gui.job_runner import Job, JobRunner, Question, Request
from gui.state.preferences import Preferences
from gui.state.session import Role, Session

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.network.network import Network

logger = logging.getLogger(__name__)

DISCARDED = "The files changed, so the curve of the earlier files was discarded: press Run again."
CLOSED = "The curve of the closed files was discarded."
REPAIRED = "This is already a repaired network G: its last class means “backdoored”."


@dataclass(frozen=True, slots=True)
class _OpenRequest:
    """A file that waits to be opened; `number` is its position among all requested files."""

    control: "FileControl"
    role: Role
    path: Path
    generation: int
    number: int

    def make(self) -> Job:
        if self.role is Role.MODEL:
            return jobs.open_model(
                self.path,
                architecture=self.control.choices.architecture(self.path),
                is_large_allowed=self.control.choices.is_large_allowed(self.path),
            )
        session = self.control.session
        return jobs.open_set(
            self.path,
            network=session.network,
            has_labels=self.role is not Role.UNLABELLED,
            is_clean=self.role in (Role.VALIDATION, Role.TEST),
            choice=self.control.choices.choice(self.role, self.path),
            label_map=session.order_of(self.role),
            is_large_allowed=self.control.choices.is_large_allowed(self.path),
        )

    def succeed(self, opened: Any) -> None:
        self.control.swap_in(self.role, self.path, opened)

    def fail(self, error: Exception) -> None:
        if isinstance(error, InspectorError) and not self.control.choices.is_settled(self.role, self.path, error):
            self.control.refuse(self.role, error, self.path)

    def cancel(self) -> None:
        self.control.report_stopped(self)


class FileControl(QObject):
    """Opens files into the session and shows them on the panel.

    Attributes:
        choices: how files are read.
        notes: what is said about open files.
        allows: asked before a model is closed or replaced, with what is done and a call that does it later; returns
            whether it may be done now.
    """

    opened = Signal(object, object)  # Role, Path
    warned = Signal(str)

    def __init__(
        self, *, session: Session, runner: JobRunner, panel: FilesPanel, preferences: Preferences, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.session = session
        self._runner = runner
        self._panel = panel
        self._generation = 0  # incremented when everything is closed; earlier requests no longer report
        self._request_count = 0
        self._not_opened: dict[int, str] = {}  # file names, by the number of their request
        self.allows: Callable[[str, Callable[[], None]], bool] = _always
        self._refused: dict[Role, Path] = {}  # the file whose refusal a slot shows
        self.choices = DataChoices(session=session, panel=panel, preferences=preferences, parent=self)
        self.choices.reopen_requested.connect(self._on_reopen_requested)
        self.choices.labels_changed.connect(self._find_scale)
        self.notes = FileNotes(session, self, said=self.warned)
        ClosedFiles(session, runner, self)
        panel.clear_requested.connect(self.close_file)
        panel.checks_requested.connect(self.show_checks)
        session.files_changed.connect(self.show_files)
        session.interpretations_changed.connect(self.show_files)
        session.running_changed.connect(self._on_running_changed)
        session.restored.connect(self._on_restored)

    @Slot(object, object)
    def open_files(self, role: Role, paths: Sequence[Path], *, is_reopened: bool = False) -> None:
        """Open files in a role, one after the other; `is_reopened` says that how to read them was just chosen."""
        self._panel.show_error(role, "")
        self.choices.forget_refused(role)
        if role is not Role.MODEL and not is_reopened:
            self.choices.forget_open(role, paths)
        if role is not Role.POISONED and len(paths) > 1:
            sentence = f"Only one file can be open here, got {len(paths)}: drop one of them."
            logger.warning("%s", sentence)
            self._panel.show_error(role, sentence)
            return
        self._not_opened = {}
        for path in paths:
            self._request_count += 1
            wanted = _OpenRequest(self, role, path, self._generation, self._request_count)
            self._runner.submit(
                Request(
                    name=f"Opening {path.name}",
                    make=wanted.make,
                    on_succeeded=wanted.succeed,
                    on_failed=wanted.fail,
                    on_cancelled=wanted.cancel,
                )
            )

    def report_stopped(self, request: _OpenRequest) -> None:
        """Report a stopped request, with the open files and those not opened, in the order of the requests."""
        if request.generation != self._generation:
            return
        self._not_opened[request.number] = request.path.name
        not_opened = [self._not_opened[number] for number in sorted(self._not_opened)]
        names = [file.name for file in self.session.input_paths]
        is_open = f"{joined(names)} {'is' if len(names) == 1 else 'are'} open" if names else "nothing is open"
        self.warned.emit(f"Stopped: {joined(not_opened)} not opened; {is_open}.")

    @Slot(object, int)
    def close_file(self, role: Role, index: int) -> None:
        """Close the file of a role; of several poisoned sets the one at `index`."""
        session = self.session
        path = _path_of(self.session, role, index)
        name = path.name if path is not None else "the file"
        had_runs, repair_count = bool(session.finished), len(session.compared)
        if role is Role.MODEL and not self.allows(f"Closing {name}", partial(self.close_file, role, index)):
            return
        with session.step_of(f"Close {name}"):
            if role is Role.MODEL:
                session.close_network()
            elif role is Role.POISONED:
                session.close_poisoned(index)
            else:
                session.put_set(role, None)
        self._panel.show_error(role, "")
        self._report_discarded(had_runs=had_runs, repair_count=repair_count)

    def close_all(self) -> None:
        """Close the model and all data, and ignore earlier requests."""
        self._generation += 1
        self._panel.clear_errors()
        had_runs, repair_count = bool(self.session.finished), len(self.session.compared)
        with self.session.step_of("Close all files"):
            self.session.close_files()
        self._report_discarded(had_runs=had_runs, repair_count=repair_count)

    def swap_in(self, role: Role, path: Path, opened: Any) -> None:
        """Put a loaded `Network` or `Dataset` into the session; refuse it if it does not fit the open files."""
        if role is not Role.MODEL and not self.choices.is_chosen(role, path, opened):
            return
        if role is Role.MODEL and not self.allows(f"Opening {path.name}", partial(self.swap_in, role, path, opened)):
            return
        had_runs, repair_count = bool(self.session.finished), len(self.session.compared)
        if not (self._take_network(opened) if role is Role.MODEL else self._take_set(role, opened)):
            return
        self._panel.show_error(role, "")
        self._report_discarded(had_runs=had_runs, repair_count=repair_count)
        self.opened.emit(role, path)
        if role in (Role.MODEL, Role.VALIDATION):
            self._find_scale()
        if role is Role.MODEL:
            notes = "\n".join(opened.summary.notes)
            self.notes.say_of_network(opened, REPAIRED if opened.summary.is_repaired else notes)
            self.notes.try_to_save(opened, self._runner)
        elif opened.notes and not any(opened.keys):
            self.notes.say_of_set(opened.path, " ".join(opened.notes))

    def refuse(self, role: Role, error: InspectorError, path: Path) -> None:
        """Show in the slot of the role why a file was refused; open files stay open."""
        self._refused[role] = path
        # A file that only does not fit the open network has passed its own checks.
        self._panel.show_error(role, str(error), has_checks=error.code != "misfit-input")

    @Slot(object, int)
    def show_checks(self, role: Role, index: int) -> None:
        """Show what was checked in an open file of a role, or with -1 in the refused one."""
        path = self._refused.get(role) if index < 0 else _path_of(self.session, role, index)
        if path is not None:
            self._runner.submit(
                Request(
                    name=f"Checking {path.name}",
                    make=lambda: jobs.check_file(path, role, self.choices.choice(role, path)),
                    on_succeeded=self._on_checked,
                    key="checks",
                )
            )

    def _on_checked(self, verdict: FileVerdict) -> None:
        dialogs.show_verdict(self._panel.window(), verdict, forbidden=self.session.input_paths)

    @Slot()
    def show_files(self) -> None:
        """Show the open files."""
        session, panel = self.session, self._panel
        panel.show_model(session.summary)
        panel.show_sets(Role.VALIDATION, () if session.validation is None else (session.validation,))
        panel.show_sets(Role.TEST, () if session.test is None else (session.test,))
        panel.show_sets(Role.POISONED, session.poisoned, session.interpretations)
        panel.show_sets(Role.UNLABELLED, () if session.unlabelled is None else (session.unlabelled,))

    @Slot(bool)
    def _on_running_changed(self, is_running: bool) -> None:
        """Lock the slots while a run is in progress, and clear earlier errors."""
        self._panel.set_running(is_running)
        if is_running:
            self._panel.clear_errors()

    def _report_discarded(self, *, had_runs: bool, repair_count: int) -> None:
        """Report what was discarded with the earlier files; repairs are discarded with their model only."""
        told = discarded_text(self.session, had_runs=had_runs, repair_count=repair_count)
        if told:
            self.warned.emit(told)

    def _take_network(self, network: "Network") -> bool:
        session, summary = self.session, network.summary
        sentences: list[str] = []

        def fitted(data: "Dataset | None", *, has_labels: bool = True) -> "Dataset | None":
            if data is None:
                return None
            class_count = summary.class_count if has_labels else None
            try:
                plain = data.with_labels(None)  # the order was that of another model's classes
                return check_fits(plain, input_shape=summary.input_shape, class_count=class_count)
            except DatasetError as error:
                sentences.append(str(error))
                return None

        validation, test = fitted(session.validation), fitted(session.test)
        opened = [each for each in session.poisoned if not each.is_stamped]
        poisoned = tuple(data for data in map(fitted, opened) if data is not None)
        unlabelled = fitted(session.unlabelled, has_labels=False)
        if sentences and not dialogs.ask_to_close_sets(
            self._panel.window(), model_name=summary.path.name, sentences=tuple(sentences)
        ):
            self._panel.show_error(Role.MODEL, sentences[0])
            return False
        session.set_files(network, validation=validation, test=test, poisoned=poisoned, unlabelled=unlabelled)
        return True

    def _take_set(self, role: Role, data: "Dataset") -> bool:
        session, summary = self.session, self.session.summary
        if summary is not None:  # the model may have been opened after this job began
            try:
                class_count = _class_count(role, session)
                if role is not Role.UNLABELLED and data.label_map is not session.order_of(role):
                    data = data.with_labels(session.order_of(role))
                data = check_fits(data, input_shape=summary.input_shape, class_count=class_count)
            except DatasetError as error:
                logger.warning("%s [%s]", error, error.code)
                self.refuse(role, error, data.path)
                return False
        with session.step_of(f"Open {data.name}", is_opening=True):
            session.put_set(role, data)
        return True

    @Slot(object, object)
    def _on_reopen_requested(self, role: Role, path: Path) -> None:
        self.open_files(role, (path,), is_reopened=True)

    @Slot()
    def _on_restored(self) -> None:
        """Find the pixel range of files that came back without one."""
        if not self.session.is_running:
            self._find_scale()

    @Slot()
    def _find_scale(self) -> None:
        make, show = self._make_find_scale, self._on_scale_found
        self._runner.submit(Request(name="Finding the pixel range", make=make, on_succeeded=show, key="scale"))

    def _make_find_scale(self) -> Question | None:
        network, validation = self.session.network, self.session.validation
        if network is None or validation is None or self.session.scale_finding is not None:
            return None
        return Question(jobs.find_scale(network, validation), (network, validation), files=(network, validation))

    def _on_scale_found(self, finding: ScaleFinding, measured_on: tuple["Network", "Dataset"]) -> None:
        if measured_on == (self.session.network, self.session.validation):  # otherwise one of them was closed meanwhile
            self.session.set_scale_finding(finding)


def discarded_text(session: Session, *, had_runs: bool, repair_count: int) -> str:
    """Return what is said of curves and repairs that went with the files they were made with; empty for none.

    Args:
        session: the files that are open now.
        had_runs: whether there was a curve.
        repair_count: how many repaired networks there were.
    """
    is_open = session.network is not None and session.validation is not None  # a run can start
    sentences = [DISCARDED if is_open else CLOSED] if had_runs and not session.finished else []
    closed_count = repair_count - len(session.compared)
    if closed_count:
        were = "was" if closed_count == 1 else "were"
        networks = counted(closed_count, "repaired network")
        sentences.append(f"{networks} of the earlier model {were} discarded; saved files stay.")
    return " ".join(sentences)


def _path_of(session: Session, role: Role, index: int) -> Path | None:
    """Return the path of an open file of a role; None if there is none."""
    if role is Role.MODEL:
        return None if session.summary is None else session.summary.path
    by_role: dict[Role, tuple[Dataset | None, ...]] = {
        Role.VALIDATION: (session.validation,),
        Role.TEST: (session.test,),
        Role.POISONED: tuple(each.estimate.base if each.estimate else each for each in session.poisoned),
        Role.UNLABELLED: (session.unlabelled,),
    }
    sets = by_role.get(role, ())
    found = sets[index] if index < len(sets) else None
    return None if found is None else found.path


def _always(_action: str, _later: Callable[[], None]) -> bool:
    return True


def _class_count(role: Role, session: Session) -> int | None:
    """Return the limit of the labels of a set; None if the labels are not used."""
    summary = session.summary
    return summary.class_count if summary is not None and role is not Role.UNLABELLED else None
