"""Counts which classes the shown network confuses, and shows the images behind a pair of them."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, SignalInstance, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from core.errors import InspectorError
from core.images.answers import CLEAN_SET_NAMES, ImageAnswers, Who
from core.images.confusions import AskedConfusion, confusions_of
from core.metrics.network_scores import SetRole
from core.words import printable
from gui.confusions.texts import networks_of
from gui.confusions.window import FIND, ConfusionsWindow
from gui.export.control import ExportControl
from gui.export.source import Source
from gui.images import jobs
from gui.images.control import ImagesControl
from gui.images.request import AnswerSource, ImagesRequest, MaskSource
from gui.images.sources import source_on_screen
from gui.job_runner import Question, Request
from gui.keys.bindings import bind, bindings
from gui.page import Page, PageContext

KEY = "confusions"
KEPT = 6  # answers, so that choosing another network or an earlier set shows it at once
PAUSE_MS = 120  # while the cursor moves, nothing is computed
NOTHING = "The figures of no network are shown: press Run on the page Prune, or repair the network, first."
BUSY = "The images are being answered …"
WAITING = "The images are answered when the running job is done."
STOPPED = "Stopped before the images were answered: choose the set again."
FAILED = "The images could not be answered; see the log for the reason."


@dataclass(frozen=True, slots=True, eq=False)
class _Set:
    """A set whose answers can be counted."""

    role: SetRole
    place: int
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """Answers, with the source that gave them: while it lives, no other object has its identity."""

    source: AnswerSource
    answers: ImageAnswers


class ConfusionsControl(QObject):
    """Follows the network that is shown while its window is open.

    Args:
        context: what the window gives to its parts.
        exports: exports the table.
        images: shows the images behind a pair.
        shown_page: returns the page that is shown.

    Attributes:
        action: opens the window.
        window: the window; None until it was opened.
    """

    def __init__(
        self, context: PageContext, exports: ExportControl, images: ImagesControl, shown_page: Callable[[], Page]
    ) -> None:
        super().__init__(context.window)
        self._session = session = context.session
        self._runner = context.runner
        self._main = context.window
        self._exports = exports
        self._images = images
        self._shown_page = shown_page
        self._kept: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()
        self._source: AnswerSource | None = None
        self._sets: tuple[_Set, ...] = ()
        self._chosen = (SetRole.VALIDATION, 0)
        self._who = Who.PRUNED
        self.window: ConfusionsWindow | None = None
        self.action = QAction("Con&fusions…", self)
        bind(self.action, "view.confusions", "View", "Ctrl+Shift+F")
        bindings.declare(FIND)
        self.action.setToolTip("Which classes the shown network confuses, and the images behind each pair")
        self.action.triggered.connect(self.open)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.update)
        for changed in (session.mask_changed, session.run_changed, session.repairs_changed, session.compared_changed):
            changed.connect(self.follow)
        session.files_changed.connect(self._on_files_changed)

    def connect_to(self, menu: QMenu, page_shown: SignalInstance) -> None:
        """Add the command to a menu, behind its first entries, and follow the page that is shown."""
        page_shown.connect(self.follow)
        line = next(each for each in menu.actions() if each.isSeparator())
        menu.insertSeparator(line)
        menu.insertAction(line, self.action)

    @Slot()
    def open(self) -> None:
        """Show the confusions of the network that is shown."""
        window = self.window or self._make_window()
        self.update()
        window.show()
        window.raise_()
        window.activateWindow()
        window.table.setFocus()

    @Slot()
    def follow(self) -> None:
        """Show what is shown now, after a pause, if the window is open."""
        if self.window is not None and self.window.isVisible():
            self._timer.start()

    @Slot()
    def update(self) -> None:
        """Show the confusions of the network that is shown now."""
        window = self.window
        if window is None:
            return
        self._source = source = self._shown_page().answering() or source_on_screen(self._session)
        if source is None:
            self._sets = ()
            window.show_choices((), -1, (Who.PRUNED,), Who.PRUNED, "")
            window.show_message(NOTHING)
            return
        self._sets = sets_of(source)
        kept = self._kept.get(self._key(source))
        if kept is None:
            self._show_choices(source, has_level=False)
            current = self._runner.current
            window.show_message(BUSY if current is None or current.is_light else WAITING)
            self._runner.submit(
                Request(
                    name="Answering the images",
                    make=lambda: self._make(source),
                    on_succeeded=self._on_answered,
                    on_failed=self._on_failed,
                    on_cancelled=self._on_cancelled,
                    key=KEY,
                )
            )
        else:
            self._show(source, kept.answers)

    def close(self) -> None:
        """Close the window, and forget all answers."""
        self._timer.stop()
        self._source, self._sets = None, ()
        self._kept.clear()
        if self.window is not None:
            self.window.close()

    @property
    def _set(self) -> _Set:
        """The chosen set; the first one if that is not there any more."""
        return next((each for each in self._sets if (each.role, each.place) == self._chosen), self._sets[0])

    def _key(self, source: AnswerSource) -> tuple[object, ...]:
        return (self._set.role, self._set.place, *source.key)

    def _make(self, source: AnswerSource) -> Question | None:
        if self._source is not source:
            return None  # another network is shown, or the window was closed
        chosen = self._set
        job = jobs.answer_set(source, chosen.role, chosen.place, has_confidences=False)
        return Question(job, (source, self._key(source)), files=source.files)

    def _on_answered(self, answers: ImageAnswers, asked: tuple[AnswerSource, tuple[object, ...]]) -> None:
        source, key = asked
        self._kept[key] = _Kept(source, answers)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        if self._source is source and self._key(source) == key:
            self._show(source, answers)

    def _on_failed(self, error: Exception) -> None:
        if self.window is not None:
            self.window.show_message(str(error) if isinstance(error, InspectorError) else FAILED)

    def _on_cancelled(self) -> None:
        if self.window is not None:
            self.window.show_message(STOPPED)

    def _show(self, source: AnswerSource, answers: ImageAnswers) -> None:
        assert self.window is not None
        who = self._show_choices(source, has_level=answers.has_level)
        self.window.show_confusions(confusions_of(answers, who))

    def _show_choices(self, source: AnswerSource, *, has_level: bool) -> Who:
        """Show what can be chosen; return the network that is chosen, or B′ if that one is not known."""
        assert self.window is not None
        networks = networks_of(has_level)
        who = self._who if self._who in networks else Who.PRUNED
        names = tuple(each.name for each in self._sets)
        self.window.show_choices(names, self._sets.index(self._set), networks, who, f"B′: {source.text}")
        return who

    @Slot(int)
    def _on_set_chosen(self, place: int) -> None:
        if 0 <= place < len(self._sets):
            self._chosen = (self._sets[place].role, self._sets[place].place)
        self.update()

    @Slot(object)
    def _on_who_chosen(self, who: Who) -> None:
        self._who = who
        self.update()

    @Slot(int, int, int)
    def _on_pair_chosen(self, label: int, answered: int, count: int) -> None:
        """Show the images of a pair: those that were counted, by the same answers."""
        source, confusions = self._source, self.window.confusions if self.window is not None else None
        if source is None or confusions is None:
            return
        chosen, answers = self._set, confusions.answers
        total = answers.images.image_count
        asked = AskedConfusion(chosen.role, confusions.who, label, answered, count, total, chosen.place)
        self._images.show_images(ImagesRequest(asked, source, answers))

    @Slot()
    def _on_files_changed(self) -> None:
        """Other files: what is shown belongs to closed ones."""
        source = self._source
        is_open = set(map(id, (*self._session.sets, self._session.network)))
        if source is not None and not set(map(id, source.files)) <= is_open:
            self.close()
        elif source is None:
            self._kept.clear()
        else:
            self.follow()

    @Slot()
    def _on_closed(self) -> None:
        self._timer.stop()
        self._source = None

    def _make_window(self) -> ConfusionsWindow:
        window = self.window = ConfusionsWindow(self._main)
        source = Source("Confusions", "confusions", window.table.shown_table, (window.table,))
        self._exports.offer((source,))
        window.set_export_menu(self._exports.make_menu(source, window))
        window.set_chosen.connect(self._on_set_chosen)
        window.who_chosen.connect(self._on_who_chosen)
        window.pair_chosen.connect(self._on_pair_chosen)
        window.closed.connect(self._on_closed)
        return window


def sets_of(source: AnswerSource) -> tuple[_Set, ...]:
    """Return the sets that a source can answer."""
    is_masked = isinstance(source, MaskSource)
    inputs = source.evaluator.inputs if isinstance(source, MaskSource) else source.inputs
    roles = [SetRole.VALIDATION]
    if not is_masked and getattr(source, "held_out", None) is not None:
        roles.append(SetRole.HELD_OUT)
    if inputs.test is not None:
        roles.append(SetRole.TEST)
    clean = [_Set(role, 0, CLEAN_SET_NAMES[role]) for role in roles]
    poisoned = [_Set(SetRole.POISONED, place, printable(each.name)) for place, each in enumerate(inputs.poisoned)]
    return (*clean, *poisoned)
