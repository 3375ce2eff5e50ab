"""Everything on the window: makes the panels and wires them to the controls that do the work."""

import traceback
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QToolButton

from core.errors import InspectorError
from core.version import NAME, VERSION
from gui import dialogs, jobs, theme
from gui.actions import Menus
from gui.file_control import FileControl
from gui.hand_control import HandControl
from gui.job_runner import JobRunner, Request
from gui.job_status import JobStatus
from gui.picture_control import PictureControl
from gui.preferences import Preferences
from gui.run_control import RunControl
from gui.run_view import RunView
from gui.save_control import SaveControl
from gui.window_frame import WindowFrame
from gui.workspace import Role, StartFiles, Workspace


class Desk(QObject):
    """Furnishes a window: panels, menus, status bar, the job lane, and the controls between them.

    Args:
        window: where all of it goes.
        preferences: what was remembered; kept up to date.
    """

    def __init__(self, window: QMainWindow, preferences: Preferences) -> None:
        super().__init__(window)
        self.window = window
        self.preferences = preferences
        self.workspace = Workspace()
        self.runner = JobRunner(self)
        self.panels = WindowFrame()
        window.setCentralWidget(self.panels)
        self.status = JobStatus()
        window.statusBar().addPermanentWidget(self.status)
        self.log_button = _log_button()
        window.statusBar().addWidget(self.log_button)
        self.menus = Menus(window)
        panels = self.panels
        self.file_control = FileControl(workspace=self.workspace, runner=self.runner, panel=panels.files, parent=self)
        view = RunView(channels=panels.channels, curves=panels.curves, results=panels.results)
        self.run_control = RunControl(
            workspace=self.workspace,
            runner=self.runner,
            files=panels.files,
            view=view,
            curves=panels.curves,
            results=panels.results,
            parent=self,
        )
        self.hand_control = HandControl(
            workspace=self.workspace,
            runner=self.runner,
            view=view,
            channels=panels.channels,
            run_control=self.run_control,
            parent=self,
        )
        self.picture_control = PictureControl(
            workspace=self.workspace,
            runner=self.runner,
            panel=panels.classifier,
            channels=panels.channels,
            parent=self,
        )
        self.save_control = SaveControl(
            workspace=self.workspace,
            runner=self.runner,
            run_control=self.run_control,
            results=panels.results,
            preferences=preferences,
            window=window,
        )
        self._wire()
        self._restore()
        panels.log.attach()
        self.runner.submit(Request(name="Starting TensorFlow", make=jobs.warm_up))

    def open_start_files(self, start: StartFiles, *, is_run: bool) -> None:
        """Open files one after the other, and then run if wanted."""
        for role, path in start.by_role:
            self.open_file(role, path)
        if is_run:
            self.run_control.start()

    @Slot(object, object)
    def open_file(self, role: Role, path: Path) -> None:
        """Open a file as a role."""
        self.panels.messages.clear()
        if role is Role.PICTURE:
            self.picture_control.open_picture(path)
        else:
            self.file_control.open_files(role, (path,))

    @Slot()
    def open_demo(self) -> None:
        """Open the embedded demo with the trigger on its picture, and run it."""
        self.panels.messages.clear()
        try:
            start = jobs.demo_start()
        except InspectorError as error:
            self._show_refusal(str(error))
            return
        self.runner.cancel()
        self.file_control.close_all()
        self.picture_control.put_trigger_on()
        self.open_start_files(start, is_run=True)

    def clear_up(self) -> None:
        """Stop what runs, wait for it, and remember where the panels stood."""
        self.panels.remember(self.preferences)
        self.runner.shut_down()
        self.panels.log.detach()

    def _wire(self) -> None:
        files, run, pictures, menus = self.file_control, self.run_control, self.picture_control, self.menus
        for control in (files, run, pictures, self.save_control):
            control.refused.connect(self._show_refusal)
        run.said.connect(self._show_message)
        self.save_control.said.connect(self._show_message)
        files.opened.connect(self._on_opened)
        pictures.opened.connect(self._on_opened)
        files.files_changed.connect(run.show_known_run)
        files.files_changed.connect(pictures.update_ready)
        files.scale_changed.connect(pictures.ask)
        run.scale_changed.connect(pictures.ask)
        for signal in (run.mask_changed, self.hand_control.mask_changed):
            signal.connect(pictures.ask)
            signal.connect(self._update_actions)
        run.run_changed.connect(self._update_actions)
        self.panels.files.open_requested.connect(self._on_open_requested)
        self.panels.files.form.cancel_requested.connect(self._on_cancel)
        self.panels.classifier.open_requested.connect(self._on_picture_requested)
        self.panels.classifier.trigger_open_requested.connect(self._on_trigger_requested)
        runner = self.runner
        runner.started.connect(self._on_job_started)
        runner.progressed.connect(self.status.show_progress)
        runner.failed.connect(self._on_job_failed)
        runner.became_idle.connect(self._on_idle)
        self.status.cancel_requested.connect(self._on_cancel)
        menus.open_requested.connect(self._on_open_requested)
        menus.recent_chosen.connect(self.open_file)
        menus.demo_requested.connect(self.open_demo)
        menus.save_requested.connect(self.save_control.save_network)
        menus.export_requested.connect(self.save_control.export)
        menus.theme_chosen.connect(self._on_theme_chosen)
        menus.run.triggered.connect(run.start)
        menus.cancel.triggered.connect(self._on_cancel)
        menus.restore.triggered.connect(self.hand_control.restore_order)
        menus.log.toggled.connect(self._on_log_toggled)
        self.log_button.toggled.connect(menus.log.setChecked)
        menus.method.triggered.connect(self._on_method)
        menus.about.triggered.connect(self._on_about)
        menus.quit.triggered.connect(self.window.close)

    def _restore(self) -> None:
        """Look as the last time."""
        preferences = self.preferences
        self.panels.restore(preferences)
        self.menus.show_recent(preferences.recent)
        self.menus.show_theme(preferences.theme)
        self.menus.log.setChecked(preferences.is_log_shown)
        form = self.panels.files.form
        form.show_thresholds(self.workspace.thresholds)
        form.show_side(self.workspace.side)
        self.file_control.show_files()
        self._set_cancellable(False)
        self._update_actions()

    @Slot(object)
    def _on_open_requested(self, role: Role) -> None:
        paths = dialogs.ask_open(self.window, role=role, folder=self.preferences.folder(role))
        if paths and role is not Role.PICTURE:
            self.panels.messages.clear()
            self.file_control.open_files(role, paths)
        elif paths:
            self.open_file(role, paths[0])

    @Slot()
    def _on_picture_requested(self) -> None:
        self._on_open_requested(Role.PICTURE)

    @Slot()
    def _on_trigger_requested(self) -> None:
        path = dialogs.ask_trigger(self.window, folder=self.preferences.folder("trigger"))
        if path is not None:
            self.panels.messages.clear()
            self.preferences.remember_folder("trigger", path)
            self.picture_control.open_trigger(path)

    @Slot(object, object)
    def _on_opened(self, role: Role, path: Path) -> None:
        self.preferences.remember_folder(role, path)
        self.preferences.remember_file(role, path)
        self.menus.show_recent(self.preferences.recent)
        summary = self.workspace.summary
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
    def _show_message(self, sentence: str) -> None:
        self.panels.messages.show_text(sentence, kind="ok")

    @Slot()
    def _update_actions(self) -> None:
        run = self.workspace.run
        self.menus.set_savable(
            is_masked=self.workspace.channel_mask is not None,
            is_whole=run is not None and run.inspection is not None,
        )
        self.menus.restore.setEnabled(self.workspace.is_by_hand)
        self.menus.run.setEnabled(not self.workspace.missing and not self.run_control.is_running)

    def _set_cancellable(self, is_cancellable: bool) -> None:
        self.panels.files.form.set_cancellable(is_cancellable)
        self.menus.cancel.setEnabled(is_cancellable)

    @Slot(str)
    def _on_theme_chosen(self, name: str) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.preferences.theme = "light" if name == "light" else "dark" if name == "dark" else "system"
        theme.apply_theme(app, self.preferences.theme)
        self.menus.show_theme(name)

    @Slot(bool)
    def _on_log_toggled(self, is_shown: bool) -> None:
        self.panels.log.setVisible(is_shown)
        self.log_button.setChecked(is_shown)
        self.preferences.is_log_shown = is_shown

    @Slot()
    def _on_method(self) -> None:
        dialogs.show_method(self.window)

    @Slot()
    def _on_about(self) -> None:
        dialogs.show_about(self.window, version=VERSION)


def _log_button() -> QToolButton:
    button = QToolButton()
    button.setText("Log")
    button.setAutoRaise(True)
    button.setCheckable(True)
    button.setToolTip("Show or hide the log (Ctrl+L)")
    return button
