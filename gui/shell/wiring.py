"""Creates the pages and the controls of the window, and connects their signals."""

from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMainWindow, QToolButton

from core.version import NAME
from gui.audit.page import AuditPage
from gui.classes.control import NamesControl
from gui.classes.faces import ExampleFaces
from gui.classifier.annotated.control import AnnotatedControl
from gui.classifier.control import SUNGLASSES_NAME, ClassifierControl
from gui.classifier.crop.control import CropControl
from gui.classifier.gallery.control import GalleryControl
from gui.classifier.gallery.window import GalleryWindow
from gui.classifier.strip.control import StripControl
from gui.compare.page import ComparePage
from gui.confusions.control import ConfusionsControl
from gui.explanation.control import ExplanationControl
from gui.export.control import ExportControl
from gui.export.source import Source
from gui.files import jobs
from gui.files.control import FileControl
from gui.files.saver import Saver
from gui.files.target_control import TargetControl
from gui.guide.fault_report import FaultReport
from gui.images.control import ImagesControl
from gui.job_runner import JobRunner, Request
from gui.keys.tips import set_tip
from gui.network.page import NetworkPage
from gui.page import Page, PageContext
from gui.prune.page import PrunePage
from gui.repair.page import RepairPage
from gui.session_file.wiring import SessionWiring
from gui.shell import warm_up
from gui.shell.job_status import JobStatus, JobWatch
from gui.shell.menus import Menus, set_reason
from gui.shell.open_control import ImageRequests, OpenControl
from gui.shell.view_control import ViewControl
from gui.shell.window_frame import WindowFrame
from gui.state.open_files import Role, StartFiles
from gui.state.preferences import Preferences
from gui.state.session import Session
from gui.studio.control import StudioControl
from gui.studio.stamping import Stamping
from gui.theme import class_names
from gui.theme.formatting import whole_sentence
from gui.undo.edit_menu import EditMenu
from gui.undo.history import History
from gui.undo.unsaved_guard import UnsavedGuard

P = TypeVar("P", bound=Page)
NO_NAMES = "No class names are open."


class WindowWiring(QObject):
    """Fills a window with pages, menus, status bar and job runner, and connects them.

    The session announces open files and results by its own signals, and the controls follow them. Only signals between
    different parts of the window are connected here.

    Args:
        window: the window to fill.
        preferences: the stored preferences; kept up to date.
        panels: the panels, if they were created before; creating them separately keeps the window responsive.
    """

    def __init__(self, window: QMainWindow, preferences: Preferences, panels: WindowFrame | None = None) -> None:
        super().__init__(window)
        self.window = window
        self.preferences = preferences
        self.session = Session(self)
        self.runner = JobRunner(self)
        self.panels = panels or WindowFrame()
        window.setCentralWidget(self.panels)
        self.status = JobStatus()
        window.statusBar().addPermanentWidget(self.status)
        self.log_button = _log_button()
        window.statusBar().addWidget(self.log_button)
        self._make_controls()
        self._wire_pages()
        self._wire_window()
        self.view_control.restore()
        self.file_control.show_files()
        self._update_actions()
        self.panels.log.attach()
        self.runner.submit(Request(name="Starting TensorFlow", make=warm_up.warm_up))
        self.session_files.control.autosave.offer()

    @property
    def pages(self) -> dict[str, Page]:
        """The pages, by their keys."""
        return {page.key: page for page in self.panels.pages}

    def page(self, kind: type[P]) -> P:
        """Return the page of this class."""
        return next(page for page in self.panels.pages if isinstance(page, kind))

    def open_start_files(self, start: StartFiles) -> None:
        """Open files one after the other."""
        self.open_control.open_start_files(start)

    def open_file(self, role: Role, path: Path) -> None:
        """Open a file in a role."""
        self.open_control.open_file(role, path)

    def open_demo(self) -> None:
        """Open the embedded demo with the trigger on its image, and run it."""
        self.open_control.open_demo()

    def clear_up(self) -> None:
        """Remember the layout, stop the running job and wait for it."""
        self.view_control.remember()
        self.images_control.close()
        self.confusions.close()
        self.page(PrunePage).pins.window.close()
        self.faces.release()
        self.runner.shut_down()
        self.session_files.clear_up()
        self.panels.log.detach()

    def _make_controls(self) -> None:
        session, runner, panels, preferences = self.session, self.runner, self.panels, self.preferences
        self.saver = Saver(session=session, runner=runner, preferences=preferences, window=self.window)
        context = PageContext(session, runner, self.saver, preferences, self.window)
        self.file_control = FileControl(
            session=session, runner=runner, panel=panels.files, preferences=preferences, parent=self
        )
        self.target_control = TargetControl(session=session, runner=runner, panel=panels.files, parent=self)
        self.classifier_control = ClassifierControl(
            session=session, runner=runner, panel=panels.classifier, parent=self
        )
        self.strip_control = StripControl(
            session=session, runner=runner, view=panels.classifier.strip_view, parent=self
        )
        self.export_control = ExportControl(saver=self.saver, window=self.window)
        self.images_control = ImagesControl(
            session=session, runner=runner, saver=self.saver, preferences=preferences, window=self.window
        )
        self.names_control = NamesControl(session=session, runner=runner, preferences=preferences, window=self.window)
        self.faces = ExampleFaces(session=session, parent=self)
        self.image_tools = ImageTools(
            context, exports=self.export_control, images=self.classifier_control, panels=panels, parent=self
        )
        for page in panels.pages:
            page.furnish(context)
            page.export_menus = self.export_control.offer(page.sources)
        self.menus = Menus(self.window, panels.pages)
        FaultReport(menu=self.menus.help_menu, session=session, log=panels.log.toPlainText, window=self.window)
        self.menus.add_image_action(panels.classifier.image_bar.paste_action)
        self.confusions = ConfusionsControl(context, self.export_control, self.images_control, lambda: panels.page)
        self.confusions.connect_to(self.menus.view_menu, panels.page_shown)
        self.open_control = OpenControl(
            files=self.file_control,
            images=self.classifier_control,
            pages=panels.pages,
            runner=runner,
            menus=self.menus,
            panels=panels,
            preferences=preferences,
            window=self.window,
        )
        self._keep_safe()
        self.session_files = SessionWiring(
            session=session,
            runner=runner,
            saver=self.saver,
            preferences=preferences,
            panels=panels,
            menus=self.menus,
            gallery=self.image_tools.gallery,
            open_file=self.open_control.open_file,
            window=self.window,
        )
        self.session_files.control.allows = self.guard.allows
        self.open_control.session_found.connect(self.session_files.control.open_session)
        self.view_control = ViewControl(
            window=self.window,
            menus=self.menus,
            panels=panels,
            log_button=self.log_button,
            job=self.status,
            preferences=preferences,
        )

    def _keep_safe(self) -> None:
        """Make every step undoable, and ask before what is in no file would be lost."""
        repairs, comparison = self.page(RepairPage), self.page(ComparePage)
        self.guard = UnsavedGuard(
            session=self.session,
            runner=self.runner,
            running=lambda: repairs.control.running_name,
            save=comparison.save.save_unsaved,
            window=self.window,
        )
        self.file_control.allows = self.guard.allows
        self.history = History(self.session, self)
        self.edit_menu = EditMenu(history=self.history, window=self.window, allows=self.guard.allows)

    def _wire_pages(self) -> None:
        for page in self.panels.pages:
            page.refused.connect(self._show_refusal)
            page.warned.connect(self._show_warning)
            page.said.connect(self._show_message)
            page.page_requested.connect(self._on_page_requested)
            page.images_requested.connect(self.images_control.show_images)
            self.names_control.changed.connect(page.rename_classes)
            page.asked.connect(self.panels.messages.clear)
            page.show_requested.connect(self._on_show_requested)
            page.demo_requested.connect(self.open_control.open_demo)
            page.channel_hovered.connect(self.classifier_control.show_channel)
            self.classifier_control.feature_map_found.connect(page.show_feature_map)
            page.offers_changed.connect(self._update_actions)
            page.roles_changed.connect(self._update_actions)
        self.page(NetworkPage).settings_chosen.connect(self.page(PrunePage).control.choose_settings)
        self.page(AuditPage).files_requested.connect(self.open_control.open_chosen)
        self.open_control.audit_found.connect(self.page(AuditPage).watch)

    def _wire_window(self) -> None:
        for refusing in (
            self.classifier_control,
            self.target_control,
            self.saver,
            self.export_control,
            self.open_control,
            self.session_files,
        ):
            refusing.refused.connect(self._show_refusal)
        self.image_tools.follow(self.open_control.requests)
        for warning in (self.file_control, self.open_control, self.session_files, self.image_tools):
            warning.warned.connect(self._show_warning)
        for saying in (self.saver, self.export_control, self.session_files):
            saying.said.connect(self._show_message)
        for control in (self.images_control, self.names_control, self.image_tools):
            control.refused.connect(self._show_refusal)
            control.said.connect(self._show_message)
        self.names_control.follow(self.menus.names, self.menus.no_names, found=self.open_control.names_found)
        self.names_control.changed.connect(self._update_actions)
        for asking in (self.open_control, self.session_files, self.edit_menu):
            asking.asked.connect(self.panels.messages.clear)
        session, runner = self.session, self.runner
        session.files_changed.connect(self._show_title)
        session.files_changed.connect(self._show_order)
        changes = (session.files_changed, session.scale_changed, session.interpretations_changed, session.run_changed)
        for changed in changes:
            changed.connect(self._show_cautions)
        session.running_changed.connect(self._update_actions)
        self.job_watch = JobWatch(
            runner=runner, status=self.status, pages=self.panels.pages, cancel=self.menus.cancel, window=self.window
        )

    @Slot()
    def _on_show_requested(self) -> None:
        """Show the page on which a job began, and clear earlier messages."""
        page = self.sender()
        assert isinstance(page, Page)
        self.panels.messages.clear()
        self.panels.show_page(page.key)

    @Slot(str)
    def _on_page_requested(self, key: str) -> None:
        """Show another page; the message of the page that asked for it stays."""
        text, kind = self.panels.messages.text, self.panels.messages.kind
        self.panels.show_page(key)
        self.panels.messages.show_text(text, kind=kind)

    @Slot()
    def _show_title(self) -> None:
        summary = self.session.summary
        self.window.setWindowTitle(f"{summary.path.name} — {NAME}" if summary else NAME)

    @Slot()
    def _show_order(self) -> None:
        session = self.session
        is_empty = session.network is None and not session.sets and session.unlabelled is None
        has_poisoned = any(not each.is_stamped for each in session.poisoned)
        self.panels.show_order(has_poisoned=has_poisoned, is_empty=is_empty)
        model, images = session.summary, session.validation
        self.panels.show_open(model.path.name if model else "", images.name if images else "")

    @Slot(str)
    def _show_refusal(self, sentence: str) -> None:
        self.panels.messages.show_text(whole_sentence(sentence), kind="error")

    @Slot(str)
    def _show_warning(self, sentence: str) -> None:
        self.panels.messages.show_text(sentence, kind="warning")

    @Slot(str)
    def _show_message(self, sentence: str) -> None:
        self.panels.messages.show_text(sentence, kind="ok")

    @Slot()
    def _show_cautions(self) -> None:
        """Show the warnings about the files; the same text is not shown again after it was closed."""
        text = "\n".join(jobs.find_cautions(self.session, has_refit=True))
        if text != self.panels.cautions.text:
            self.panels.cautions.show_text(text, kind="warning")

    @Slot()
    def _update_actions(self) -> None:
        """Enable the menu entries that can be chosen."""
        self.menus.set_running(self.session.is_running)
        self.menus.update_offers()
        set_reason(self.menus.no_names, "" if class_names.current() is not None else NO_NAMES)


class ImageTools(QObject):
    """What works with images beside the classifier.

    Args:
        context: what the window gives to its parts.
        exports: exports tables.
        images: the classifier's control.
        panels: the panels of the window.
        parent: what owns it.

    Attributes:
        crop: the crop tool.
        annotated: saves the image with its answers, and drags it out.
        gallery: several images with their verdicts.
        stamping: stamps the studio's trigger on the validation images.
        studio: the trigger studio.
        explanation: why the networks answer as they do.
    """

    refused = Signal(str)
    warned = Signal(str)
    said = Signal(str)

    def __init__(
        self,
        context: PageContext,
        *,
        exports: ExportControl,
        images: ClassifierControl,
        panels: WindowFrame,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        session, runner, saver = context.session, context.runner, context.saver
        panel, window = panels.classifier, context.window
        self.crop = CropControl(session=session, panel=panel, window=window)
        self.annotated = AnnotatedControl(
            session=session, panel=panel, saver=saver, trigger_name=SUNGLASSES_NAME, parent=self
        )
        self.gallery = GalleryControl(
            session=session, runner=runner, trigger_name=SUNGLASSES_NAME, parent_window=window
        )
        self.stamping = Stamping(session=session, runner=runner, saver=saver, parent=self)
        self.studio = StudioControl(session=session, runner=runner, stamping=self.stamping, window=window)
        self.explanation = ExplanationControl(session=session, runner=runner, window=window)
        self._exports = exports
        for take in (self.annotated.take_answer, self.studio.show_answer, self.explanation.take_answer):
            images.answered.connect(take)
        images.several_opened.connect(self.gallery.add)
        self.gallery.image_chosen.connect(images.open_image)
        self.gallery.window_made.connect(self._offer_verdicts)
        self.gallery.count_changed.connect(panel.image_bar.set_gallery_count)
        self.gallery.warned.connect(self.warned)
        panel.image_bar.gallery_requested.connect(self.gallery.show)
        panel.studio_button.clicked.connect(self.studio.open)
        panel.why_button.clicked.connect(self.explanation.open)
        self.stamping.said.connect(self.said)
        for refusing in (self.stamping.refused, self.studio.refused):
            refusing.connect(self.refused)

    @Slot(object)
    def _offer_verdicts(self, window: GalleryWindow) -> None:
        """Let the gallery's table be exported and copied as every other table."""
        verdicts = Source("Verdicts", "verdicts", self.gallery.table, (window.table,))
        self._exports.offer((verdicts,))
        window.set_export_menu(self._exports.make_menu(verdicts, window))

    def follow(self, opener: ImageRequests) -> None:
        """Ask for files by the window's dialogs."""
        self.gallery.add_requested.connect(opener.ask_images)
        self.gallery.folder_requested.connect(opener.ask_image_folder)
        self.studio.source_wanted.connect(opener.ask_studio_source)
        self.studio.pairs_wanted.connect(opener.ask_studio_pairs)
        opener.studio_source_chosen.connect(self.studio.open_source)
        opener.studio_pairs_chosen.connect(self.studio.take_pairs)


def _log_button() -> QToolButton:
    button = QToolButton()
    button.setText("Log")
    button.setProperty("boxed", True)
    button.setCheckable(True)
    set_tip(button, "Show or hide the log", "view.log")
    return button
