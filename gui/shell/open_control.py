"""Opens files by dialog, by drop, from the recent files, or as the demo."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from core.errors import InspectorError
from core.words import joined
from gui.classifier.clipboard import read_clipboard
from gui.classifier.control import ClassifierControl
from gui.classifier.gallery.jobs import IMAGE_SUFFIXES
from gui.files import dialogs, jobs
from gui.files.control import FileControl
from gui.job_runner import JobRunner
from gui.page import Page
from gui.shell.menus import Menus
from gui.shell.window_frame import WindowFrame
from gui.state.preferences import Preferences
from gui.state.session import Role, StartFiles

WHILE_RUNNING = (
    "Model and data cannot change while a run or a repair is in progress: wait until it ends, or stop it (Esc)."
)


class OpenControl(QObject):
    """Passes requests to open files to the control of their role, and remembers the opened files."""

    asked = Signal()  # the user asked for something: earlier messages are out of date
    refused = Signal(str)
    warned = Signal(str)
    studio_source_chosen = Signal(object)  # Path
    studio_pairs_chosen = Signal(object, bool)  # tuple[Path, ...], whether they have the trigger

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
        panels.files.open_requested.connect(self.ask)
        panels.files.folder_requested.connect(self.ask_folder)
        panels.files.files_dropped.connect(self._on_files_dropped)
        panels.classifier.open_requested.connect(self._on_image_requested)
        panels.classifier.image_dropped.connect(self._on_image_dropped)
        panels.classifier.images_dropped.connect(self.open_images)
        panels.classifier.image_bar.folder_requested.connect(self.ask_image_folder)
        panels.classifier.image_bar.paste_requested.connect(self.paste)
        panels.classifier.trigger_open_requested.connect(self.ask_trigger)
        panels.dropped_elsewhere.connect(self._on_dropped_elsewhere)
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

    @Slot()
    def open_demo(self) -> None:
        """Open the embedded demo with the trigger on its image, and run it."""
        self.asked.emit()
        try:
            start = jobs.demo_start()
        except InspectorError as error:
            self.refused.emit(str(error))
            return
        self._demo_paths = frozenset(path.absolute() for _, path in start.by_role)
        self._runner.cancel()
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
            self.warned.emit(WHILE_RUNNING)
        else:
            self._files.close_all()

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
        self.ask_folder(Role.IMAGE)

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

    @property
    def _is_running(self) -> bool:
        return self._files.session.is_running

    def _open_unless_running(self, role: Role, paths: tuple[Path, ...]) -> None:
        if role is not Role.IMAGE and self._is_running:
            self.warned.emit(WHILE_RUNNING)
        else:
            self._open(role, paths)

    def _open(self, role: Role, paths: tuple[Path, ...]) -> None:
        if role is Role.IMAGE:
            self._images.open_images(paths)
        else:
            self._files.open_files(role, paths)

    @Slot()
    def _on_image_requested(self) -> None:
        self.ask(Role.IMAGE)

    @Slot(object)
    def _on_image_dropped(self, path: Path) -> None:
        self.open_file(Role.IMAGE, path)

    @Slot(object, object)
    def _on_files_dropped(self, role: Role, paths: tuple[Path, ...]) -> None:
        self.asked.emit()
        self._open_unless_running(role, paths)

    @Slot(object, bool)
    def _on_dropped_elsewhere(self, paths: tuple[Path, ...], is_on_classifier: bool) -> None:
        self.asked.emit()
        is_image = [path.suffix.lower() in IMAGE_SUFFIXES for path in paths]
        folders = [path for path in paths if path.is_dir()]
        if not paths:
            self.warned.emit("Only local files can be dropped here, no web addresses.")
        elif folders:
            self.warned.emit(
                f"{folders[0].name} is a folder: drop a folder of images on a slot for data on the left, and a "
                "SavedModel on the slot for the model."
            )
        elif self._files.session.network is None and (is_on_classifier or all(is_image)):
            self.warned.emit("Open a model first: images are tested on it.")
        elif all(is_image):
            self.open_images(paths)
        elif self._is_running:
            self.warned.emit(WHILE_RUNNING)
        else:
            names = joined([path.name for path in paths[:3]]) if len(paths) <= 3 else f"{len(paths)} files"
            self.warned.emit(
                f"{names} cannot be dropped here: drop a model or data on its slot on the left, "
                "and an image on the classifier."
            )

    @Slot(object, object)
    def _on_opened(self, role: Role, path: Path) -> None:
        if path.absolute() in self._demo_paths:
            return  # the user did not choose these, and the menu has an entry for the demo
        self._preferences.remember_folder(role, path)
        self._preferences.remember_file(role, path)
        self._menus.show_recent(self._preferences.recent)
