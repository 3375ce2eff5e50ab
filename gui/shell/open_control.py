"""Opens files by dialog, by drop, from the recent files, or as the demo."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from core.audit.reading import is_audit
from core.errors import InspectorError
from core.recognition.file_starts import is_names_file, is_session
from gui.classifier.clipboard import read_clipboard
from gui.classifier.control import ClassifierControl
from gui.classifier.panel import ClassifierPanel
from gui.files import dialogs, jobs
from gui.files.control import FileControl
from gui.files.opening.control import NO_MODEL, OpeningControl
from gui.files.opening.drag_kinds import are_images, roles_of
from gui.files.opening.drag_watch import DragWatch
from gui.job_runner import JobRunner
from gui.keys.bindings import bindings
from gui.page import Page
from gui.shell.menus import Menus
from gui.shell.window_frame import WindowFrame
from gui.state.preferences import Preferences
from gui.state.session import Role, StartFiles

WHILE_RUNNING = "Model and data cannot change while a run or a repair is in progress: wait until it ends, or stop it."


class OpenControl(QObject):
    """Passes requests to open files to the control of their role, and remembers the opened files."""

    asked = Signal()  # the user asked for something: earlier messages are out of date
    refused = Signal(str)
    warned = Signal(str)
    names_found = Signal(object)  # Path: names of classes were dropped or chosen
    session_found = Signal(object)  # Path: a saved session was dropped or chosen
    audit_found = Signal(object)  # Path: the folder of an audit, or its journal, was dropped or chosen

    def __init__(
        self,
        *,
        files: FileControl,
        images: ClassifierControl,
        pages: Sequence[Page],
        runner: JobRunner,
        menus: Menus,
        panels: WindowFrame,
        preferences: Preferences,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._files = files
        self._images = images
        self._pages = tuple(pages)
        self._runner = runner
        self._menus = menus
        self._preferences = preferences
        self._window = window
        self._demo_paths: frozenset[Path] = frozenset()
        self._panels = panels
        self._opening = OpeningControl(session=files.session, runner=runner, window=window, parent=self)
        self._opening.role_chosen.connect(self._open_unless_running)
        self._opening.images_chosen.connect(images.open_images)
        self._opening.trigger_chosen.connect(images.open_trigger)
        self._opening.names_chosen.connect(self.names_found)
        self._opening.summed_up.connect(self._add_warning)
        self.drags = DragWatch(window, content=panels)
        self.drags.began.connect(self._on_drag_began)
        self.drags.ended.connect(self._on_drag_ended)
        self.drags.dropped.connect(self._on_dropped_on_edge)
        files.notes.outdated.connect(panels.messages.take_back)
        menus.any_requested.connect(self.ask_any)
        panels.files.open_requested.connect(self.ask)
        panels.files.folder_requested.connect(self.ask_folder)
        panels.files.files_dropped.connect(self._on_files_dropped)
        panels.classifier.image_dropped.connect(self._on_image_dropped)
        self.requests = ImageRequests(images, panels.classifier, preferences=preferences, window=window)
        self.requests.asked.connect(self.asked)
        panels.classifier.images_dropped.connect(self._on_images_dropped)
        panels.dropped_elsewhere.connect(self._on_dropped_elsewhere)
        self._welcome = panels.welcome
        self._welcome.open_requested.connect(self.ask)
        self._welcome.folder_requested.connect(self.ask_folder)
        self._welcome.files_dropped.connect(self._on_files_dropped)
        self._welcome.recent_chosen.connect(self.open_file)
        self._welcome.demo_requested.connect(self.open_demo)
        menus.open_requested.connect(self.ask)
        menus.folder_requested.connect(self.ask_folder)
        menus.recent_chosen.connect(self.open_file)
        menus.demo_requested.connect(self.open_demo)
        menus.close_requested.connect(self.close_all)
        for control in (files, images):
            control.opened.connect(self._on_opened)

    def open_start_files(self, start: StartFiles) -> None:
        """Open files one after the other."""
        for role, path in start.by_role:
            self._open(role, (path,))

    @Slot(object, object)
    def open_file(self, role: Role, path: Path) -> None:
        """Open a file in a role."""
        self.asked.emit()
        self._open_unless_running(role, (path,))

    @Slot(object)
    def open_chosen(self, start: StartFiles) -> None:
        """Open files one after the other, unless a job runs."""
        for role, path in start.by_role:
            self._open_unless_running(role, (path,))

    @Slot()
    def open_demo(self) -> None:
        """Open the embedded demo with the trigger on its image, and run it."""
        self.asked.emit()
        try:
            start = jobs.demo_start()
        except InspectorError as error:
            self.refused.emit(str(error))
            return
        if not self._files.allows("Opening the demo", self.open_demo):
            return
        self._demo_paths = frozenset(path.absolute() for _, path in start.by_role)
        self._runner.cancel(is_final=True)
        self._files.close_all()
        self.asked.emit()  # removes the messages about the closed files
        self._images.put_trigger_on()
        self.open_start_files(start)
        for page in self._pages:
            page.start_demo()

    @Slot()
    def close_all(self) -> None:
        """Close the model and all data, so that files of another project fit."""
        self.asked.emit()
        if self._is_running:
            self.warned.emit(bindings.told(WHILE_RUNNING, "run.cancel"))
        elif self._files.allows("Closing all files", self.close_all):
            self._files.close_all()

    @Slot()
    def ask_any(self) -> None:
        """Ask for files and folders, and open them as what they are."""
        paths = dialogs.ask_any(self._window, folder=self._preferences.folder("last"))
        if paths:
            self.open_any(paths)

    def open_any(self, paths: Sequence[Path], *, preferred: Role | None = None) -> None:
        """Open files and folders as what they are; while a job runs, images alone can be opened.

        Args:
            paths: the files and folders.
            preferred: the role of the slot that they were dropped on; it decides if it suits a single file.
        """
        self.asked.emit()
        is_images = are_images(paths)
        if len(paths) == 1 and is_session(paths[0]):
            self.session_found.emit(paths[0])
        elif len(paths) == 1 and is_audit(paths[0]):
            self.audit_found.emit(paths[0])
        elif not paths:
            self.warned.emit("Only local files can be dropped here, no web addresses.")
        elif is_images and self._files.session.network is None:
            self.warned.emit(NO_MODEL)
        elif self._is_running and is_images:
            self._images.open_images(tuple(paths))
        elif self._is_running and len(paths) == 1 and is_names_file(paths[0]):
            self.names_found.emit(paths[0])
        elif self._is_running:
            self.warned.emit(bindings.told(WHILE_RUNNING, "run.cancel"))
        else:
            self._opening.open_any(paths, preferred=preferred)

    @Slot(object)
    def ask(self, role: Role) -> None:
        """Ask for a file, and open it."""
        paths = dialogs.ask_open(self._window, role=role, folder=self._preferences.folder(role))
        if paths:
            self.asked.emit()
            self._open_unless_running(role, paths)

    @Slot(object)
    def ask_folder(self, role: Role) -> None:
        """Ask for a folder, of images or of a SavedModel, and open it."""
        path = dialogs.ask_folder(self._window, role=role, folder=self._preferences.folder(role))
        if path is not None:
            self.asked.emit()
            self._open_unless_running(role, (path,))

    @property
    def _is_running(self) -> bool:
        return self._files.session.is_running

    @Slot(object, object)
    def _open_unless_running(self, role: Role, paths: tuple[Path, ...]) -> None:
        if role is not Role.IMAGE and self._is_running:
            self.warned.emit(bindings.told(WHILE_RUNNING, "run.cancel"))
        else:
            self._open(role, paths)

    def _open(self, role: Role, paths: tuple[Path, ...]) -> None:
        if role is Role.IMAGE:
            self._images.open_images(paths)
        else:
            self._files.open_files(role, paths)

    @Slot(object)
    def _on_image_dropped(self, path: Path) -> None:
        """Open what was dropped on the classifier: an image, or anything else as what it is."""
        if are_images((path,)):
            self.open_file(Role.IMAGE, path)
        else:
            self.open_any((path,))

    @Slot(object)
    def _on_images_dropped(self, paths: tuple[Path, ...]) -> None:
        """Open what was dropped on the classifier: images and folders as a gallery, others as what they are."""
        if all(path.is_dir() or are_images((path,)) for path in paths):
            self.requests.open_images(paths)
        else:
            self.open_any(paths)

    @Slot(object, object)
    def _on_files_dropped(self, role: Role, paths: tuple[Path, ...]) -> None:
        """Open what was dropped on a slot in its role; more than it takes, and folders, as what they are."""
        is_many = len(paths) > 1 and role is not Role.POISONED
        is_names = len(paths) == 1 and is_names_file(paths[0])
        if is_many or is_names or any(path.is_dir() for path in paths):
            self.open_any(paths, preferred=role)
            return
        self.asked.emit()
        self._open_unless_running(role, paths)

    @Slot(object, bool)
    def _on_dropped_elsewhere(self, paths: tuple[Path, ...], _is_on_classifier: bool) -> None:
        self.open_any(paths)

    @Slot(object)
    def _on_dropped_on_edge(self, paths: tuple[Path, ...]) -> None:
        self.open_any(paths)

    @Slot(object)
    def _on_drag_began(self, paths: tuple[Path, ...]) -> None:
        roles = roles_of(paths)
        self._panels.files.light(roles)
        self._panels.classifier.light(Role.IMAGE in roles)

    @Slot()
    def _on_drag_ended(self) -> None:
        self._panels.files.light(())
        self._panels.classifier.light(False)

    @Slot(str)
    def _add_warning(self, sentences: str) -> None:
        """Show sentences below those that the same files have brought."""
        self.warned.emit("\n".join(filter(None, (self._panels.messages.text, sentences))))

    @Slot(object, object)
    def _on_opened(self, role: Role, path: Path) -> None:
        if path.absolute() in self._demo_paths:
            return  # the user did not choose these, and the menu has an entry for the demo
        self._preferences.remember_folder(role, path)
        self._preferences.remember_file(role, path)
        for place in (self._menus, self._welcome):
            place.show_recent(self._preferences.recent, self._preferences.recent_sessions)


class ImageRequests(QObject):
    """Asks for images and triggers, and passes them and what is pasted to the classifier and the studio.

    Args:
        images: opens images.
        panel: the classifier's panel.
        preferences: the folders of the dialogs.
        window: parent of the dialogs.
    """

    asked = Signal()
    studio_source_chosen = Signal(object)  # Path
    studio_pairs_chosen = Signal(object, bool)  # tuple[Path, ...], whether they have the trigger

    def __init__(
        self, images: ClassifierControl, panel: ClassifierPanel, *, preferences: Preferences, window: QWidget
    ) -> None:
        super().__init__(window)
        self._images, self._preferences, self._window = images, preferences, window
        panel.open_requested.connect(self.ask_image)
        panel.image_bar.folder_requested.connect(self.ask_image_folder)
        panel.image_bar.paste_requested.connect(self.paste)
        panel.trigger_open_requested.connect(self.ask_trigger)

    @Slot()
    def ask_image(self) -> None:
        """Ask for image files, and open them."""
        paths = dialogs.ask_open(self._window, role=Role.IMAGE, folder=self._preferences.folder(Role.IMAGE))
        if paths:
            self.open_images(paths)

    @Slot(object)
    def open_images(self, paths: Sequence[Path]) -> None:
        """Open image files and folders of them: a single file in the classifier, several as a gallery."""
        self.asked.emit()
        self._images.open_images(paths)

    @Slot()
    def ask_images(self) -> None:
        """Ask for image files, and add them to the gallery."""
        paths = dialogs.ask_open(self._window, role=Role.IMAGE, folder=self._preferences.folder(Role.IMAGE))
        if paths:
            self.asked.emit()
            self._images.several_opened.emit(paths)

    @Slot()
    def ask_studio_source(self) -> None:
        """Ask for an image to make a trigger of."""
        path = dialogs.ask_trigger(self._window, folder=self._preferences.folder("trigger"))
        if path is not None:
            self._preferences.remember_folder("trigger", path)
            self.studio_source_chosen.emit(path)

    @Slot(bool)
    def ask_studio_pairs(self, has_trigger: bool) -> None:
        """Ask for images with a trigger, or for the same ones without it."""
        paths = dialogs.ask_open(self._window, role=Role.IMAGE, folder=self._preferences.folder(Role.IMAGE))
        if paths:
            self.studio_pairs_chosen.emit(paths, has_trigger)

    @Slot()
    def ask_image_folder(self) -> None:
        """Ask for a folder of images, and open it as a gallery."""
        path = dialogs.ask_folder(self._window, role=Role.IMAGE, folder=self._preferences.folder(Role.IMAGE))
        if path is not None:
            self.open_images((path,))

    @Slot()
    def paste(self) -> None:
        """Open the image or the files on the clipboard."""
        self.asked.emit()
        self._images.paste(read_clipboard(QGuiApplication.clipboard().mimeData()))

    @Slot()
    def ask_trigger(self) -> None:
        """Ask for a trigger image, and lay it over the image."""
        path = dialogs.ask_trigger(self._window, folder=self._preferences.folder("trigger"))
        if path is not None:
            self.asked.emit()
            self._preferences.remember_folder("trigger", path)
            self._images.open_trigger(path)
