"""Everything on the window: makes the panels and wires them to the controls that do the work."""

import traceback
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMainWindow, QToolButton

from core.errors import InspectorError
from core.records import Side
from core.version import NAME
from gui.classifier.control import ClassifierControl
from gui.compare.control import CompareControl
from gui.compare.save import CompareSaveControl
from gui.files import dialogs, jobs
from gui.files.control import FileControl
from gui.files.saver import Saver
from gui.job_runner import JobRunner, Request
from gui.page import Offer, PageMenu
from gui.prune.control import PruneControl
from gui.prune.hand import HandControl
from gui.prune.save import SaveControl
from gui.prune.view import PruneView
from gui.repair.control import RepairControl
from gui.repair.save import RepairSaveControl
from gui.shell import warm_up
from gui.shell.job_status import JobStatus
from gui.shell.menus import Menus
from gui.shell.open_control import OpenControl
from gui.shell.view_control import ViewControl
from gui.shell.window_frame import WindowFrame
from gui.state.preferences import Preferences
from gui.state.repairs import KeptRepair
from gui.state.session import Role, Session, StartFiles, View

RUNNING = "A run or a repair goes on: wait for its end, or stop it (Esc)."


class WindowWiring(QObject):
    """Furnishes a window: panels, menus, status bar, the job worker, and the controls between them.

    Args:
        window: where all of it goes.
        preferences: what was remembered; kept up to date.
        panels: the panels, which may have been made before, so that the window is not busy for long at a time.
    """

    def __init__(self, window: QMainWindow, preferences: Preferences, panels: WindowFrame | None = None) -> None:
        super().__init__(window)
        self.window = window
        self.preferences = preferences
        self.session = Session()
        self.runner = JobRunner(self)
        self.panels = panels or WindowFrame()
        window.setCentralWidget(self.panels)
        self.status = JobStatus()
        window.statusBar().addPermanentWidget(self.status)
        self.log_button = _log_button()
        window.statusBar().addWidget(self.log_button)
        self._make_controls()
        self._wire()
        self._restore()
        self.panels.log.attach()
        self.runner.submit(Request(name="Starting TensorFlow", make=warm_up.warm_up))

    def open_start_files(self, start: StartFiles, *, is_run: bool) -> None:
        """Open files one after the other, and then run if wanted."""
        self.open_control.open_start_files(start, is_run=is_run)

    def open_file(self, role: Role, path: Path) -> None:
        """Open a file as a role."""
        self.open_control.open_file(role, path)

    def open_demo(self) -> None:
        """Open the embedded demo with the trigger on its image, and run it."""
        self.open_control.open_demo()

    def clear_up(self) -> None:
        """Stop what runs, wait for it, and remember where the panels stood."""
        self.view_control.remember()
        self.preferences.thresholds = list(self.session.thresholds)
        self.preferences.side = self.session.side.value
        self.runner.shut_down()
        self.panels.log.detach()

    def _make_controls(self) -> None:
        session, runner, panels = self.session, self.runner, self.panels
        self.file_control = FileControl(session=session, runner=runner, panel=panels.files, parent=self)
        view = PruneView(channels=panels.channels, curves=panels.curves, results=panels.results)
        self.prune_control = PruneControl(
            session=session,
            runner=runner,
            files=panels.files,
            view=view,
            channels=panels.channels,
            curves=panels.curves,
            results=panels.results,
            parent=self,
        )
        self.hand_control = HandControl(
            session=session,
            runner=runner,
            view=view,
            channels=panels.channels,
            prune_control=self.prune_control,
            parent=self,
        )
        self.classifier_control = ClassifierControl(
            session=session,
            runner=runner,
            panel=panels.classifier,
            channels=panels.channels,
            parent=self,
        )
        self.repair_control = RepairControl(
            session=session, runner=runner, files=panels.files, panel=panels.repair, parent=self
        )
        self.saver = Saver(session=session, runner=runner, preferences=self.preferences, window=self.window)
        self.save_control = SaveControl(
            session=session,
            saver=self.saver,
            prune_control=self.prune_control,
            results=panels.results,
            parent=self,
        )
        self.repair_save_control = RepairSaveControl(
            session=session, saver=self.saver, repairs=self.repair_control, panel=panels.repair, parent=self
        )
        self.compare_control = CompareControl(session=session, runner=runner, panel=panels.compare, parent=self)
        self.compare_save_control = CompareSaveControl(
            session=session,
            saver=self.saver,
            compare=self.compare_control,
            panel=panels.compare,
            parent=self,
        )
        self.menus = Menus(self.window, self._page_menus())
        self.open_control = OpenControl(
            files=self.file_control,
            images=self.classifier_control,
            runs=self.prune_control,
            repairs=self.repair_control,
            compare=self.compare_control,
            runner=runner,
            menus=self.menus,
            panels=panels,
            preferences=self.preferences,
            window=self.window,
        )
        self.view_control = ViewControl(
            window=self.window,
            menus=self.menus,
            panels=panels,
            log_button=self.log_button,
            preferences=self.preferences,
        )

    def _page_menus(self) -> tuple[PageMenu, ...]:
        """What the menus offer of each page."""
        run = Offer("run", "&Run", self.prune_control.start, self._why_no_run, "Ctrl+R", "run")
        restore = Offer(
            "restore", "&Back to the order", self.hand_control.restore_order, self._why_no_order, "Ctrl+B", "back"
        )
        repair = Offer("repair", "Re&pair", self.repair_control.start, self._why_no_repair, "Ctrl+Shift+R", "repair")
        return (
            PageMenu(
                View.PRUNE, "Prune", "&Prune", "Ctrl+1", self.save_control.saves, self.save_control.exports,
                (run, restore),
            ),
            PageMenu(
                View.REPAIR, "Repair", "Re&pair", "Ctrl+2", self.repair_save_control.saves,
                self.repair_save_control.exports, (repair,),
            ),
            PageMenu(
                View.COMPARE, "Compare", "&Compare", "Ctrl+3", self.compare_save_control.saves,
                self.compare_save_control.exports,
            ),
        )  # fmt: skip

    @property
    def _is_running(self) -> bool:
        return self.prune_control.is_running or self.repair_control.is_running

    def _why_no_run(self) -> str:
        return RUNNING if self._is_running else self.panels.files.form.reason

    def _why_no_repair(self) -> str:
        return RUNNING if self._is_running else self.panels.files.repair_form.reason

    def _why_no_order(self) -> str:
        return "" if self.session.is_by_hand else "Nothing is pruned by hand."

    def _wire(self) -> None:
        files, run, images, hand = self.file_control, self.prune_control, self.classifier_control, self.hand_control
        repairs, compare = self.repair_control, self.compare_control
        for refusing in (
            self.save_control,
            self.compare_save_control,
            run,
            repairs,
            compare,
            images,
            self.saver,
            self.open_control,
        ):
            refusing.refused.connect(self._show_refusal)
        for warning in (files, run, repairs, compare, images, hand, self.open_control):
            warning.warned.connect(self._show_warning)
        self.saver.said.connect(self._show_message)
        self.open_control.asked.connect(self.panels.messages.clear)
        for began, view in ((run.began, View.PRUNE), (repairs.began, View.REPAIR)):
            began.connect(self.panels.messages.clear)
            began.connect(partial(self.panels.show_view, view))
        files.files_changed.connect(self._show_title)
        files.files_changed.connect(run.show_known_run)
        for changed in (files.files_changed, files.scale_changed, run.scale_changed, repairs.scale_changed):
            changed.connect(compare.update)
        for changed in (run.run_changed, run.mask_changed, hand.mask_changed):
            changed.connect(compare.update_additions)
        files.files_changed.connect(repairs.update)
        files.files_changed.connect(images.update_networks)
        files.files_changed.connect(images.update_ready)
        repairs.scale_changed.connect(files.show_scale)
        compare.changed.connect(images.update_networks)
        compare.removed.connect(repairs.remove)
        repairs.changed.connect(self._update_actions)
        repairs.repaired.connect(self._on_repaired)
        panels = self.panels
        for pruned in (panels.curves.cursor_moved, panels.results.step_chosen, panels.channels.channel_toggled):
            pruned.connect(images.ask_pruned)
        for scale_changed in (files.scale_changed, run.scale_changed, repairs.scale_changed):
            scale_changed.connect(images.ask)
            scale_changed.connect(self._show_cautions)
        for mask_changed in (run.mask_changed, hand.mask_changed):
            mask_changed.connect(images.ask)
            mask_changed.connect(self._update_actions)
        run.run_changed.connect(self._update_actions)
        run.run_changed.connect(self._show_cautions)
        for form in (self.panels.files.form, self.panels.files.repair_form):
            form.reason_changed.connect(self._update_actions)
            form.cancel_requested.connect(self._on_cancel)
        runner = self.runner
        runner.started.connect(self._on_job_started)
        runner.progressed.connect(self.status.show_progress)
        runner.failed.connect(self._on_job_failed)
        runner.became_idle.connect(self._on_idle)
        self.status.cancel_requested.connect(self._on_cancel)
        menus = self.menus
        menus.cancel.triggered.connect(self._on_cancel)
        compare.drawn.connect(menus.update_offers)
        panels.compare.line_chosen.connect(menus.update_offers)

    def _restore(self) -> None:
        """Go on as the last time ended."""
        session, form = self.session, self.panels.files.form
        if self.preferences.thresholds:
            session.thresholds = tuple(sorted(set(self.preferences.thresholds)))
        session.side = Side(self.preferences.side)
        form.show_thresholds(session.thresholds)
        form.show_side(session.side)
        self.view_control.restore()
        self.file_control.show_files()
        self.prune_control.show_known_run()
        self.repair_control.update()
        self._set_cancellable(False)

    @Slot(object)
    def _on_repaired(self, kept: KeptRepair) -> None:
        """A new repair takes its place beside the others, and is what the classifier asks next."""
        self.compare_control.add_repair(kept)
        self.classifier_control.ask_network(self.session.compared[-1])

    @Slot()
    def _show_title(self) -> None:
        summary = self.session.summary
        self.window.setWindowTitle(f"{summary.path.name} — {NAME}" if summary else NAME)

    @Slot(object)
    def _on_job_started(self, request: Request) -> None:
        if not request.is_light:
            self.status.show_job(request.name)
            self._set_cancellable(True)

    @Slot(object)
    def _on_job_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            return  # whoever asked says so at its place
        details = "".join(traceback.format_exception_only(error))
        dialogs.show_unforeseen(
            self.window, summary=f"{type(error).__name__}: {error}", details=f"{details}\nThe log has the full report."
        )

    @Slot()
    def _on_idle(self) -> None:
        self.status.show_idle()
        self._set_cancellable(False)

    @Slot()
    def _on_cancel(self) -> None:
        current = self.runner.current
        if current is not None and not current.is_light:
            self.status.show_cancelling()
        self.runner.cancel()

    @Slot(str)
    def _show_refusal(self, sentence: str) -> None:
        self.panels.messages.show_text(sentence, kind="error")

    @Slot(str)
    def _show_warning(self, sentence: str) -> None:
        self.panels.messages.show_text(sentence, kind="warning")

    @Slot(str)
    def _show_message(self, sentence: str) -> None:
        self.panels.messages.show_text(sentence, kind="ok")

    @Slot()
    def _show_cautions(self) -> None:
        """Say what is doubtful about the files; once it was closed, only something else is said again."""
        text = "\n".join(jobs.find_cautions(self.session, has_refit=True))
        if text != self.panels.cautions.text:
            self.panels.cautions.show_text(text, kind="warning")

    @Slot()
    def _update_actions(self) -> None:
        """What can be chosen, in the menus and on the panels alike."""
        self.panels.results.set_export_enabled(self.session.is_whole)
        self.menus.set_running(self._is_running)
        self.menus.update_offers()

    def _set_cancellable(self, is_cancellable: bool) -> None:
        self.panels.files.form.set_cancellable(is_cancellable)
        self.panels.files.repair_form.set_cancellable(is_cancellable)
        self.menus.cancel.setEnabled(is_cancellable)


def _log_button() -> QToolButton:
    button = QToolButton()
    button.setText("Log")
    button.setProperty("boxed", True)
    button.setCheckable(True)
    button.setToolTip("Show or hide the log (Ctrl+L)")
    return button
