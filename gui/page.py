"""A page of the window: what it is called, what stands on it, and what it offers to the menus."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from gui.files.saver import Saver
from gui.job_runner import JobRunner
from gui.state.open_files import Role
from gui.state.preferences import Preferences
from gui.state.session import Session

RUNNING = "A run or a repair goes on: wait for its end, or stop it (Esc)."


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a page can do now, or says why it cannot.

    Attributes:
        key: tells it apart on its page: "run", "pruned", "csv".
        text: in a menu.
        run: does it.
        find_reason: returns why it cannot be done now; an empty text when it can.
        shortcut: the keys; empty for none.
        icon: its name in the theme; empty for none.
    """

    key: str
    text: str
    run: Callable[[], object]
    find_reason: Callable[[], str]
    shortcut: str = ""
    icon: str = ""

    @property
    def reason(self) -> str:
        """Why it cannot be done now; empty when it can."""
        return self.find_reason()


@dataclass(frozen=True, slots=True, eq=False)
class PageContext:
    """What a page works with.

    Attributes:
        session: the window's state.
        runner: runs jobs.
        saver: asks where something goes, and has it written.
        preferences: what is remembered from one start to the next.
        window: where dialogs belong.
    """

    session: Session
    runner: JobRunner
    saver: Saver
    preferences: Preferences
    window: QWidget


class Page(QObject):
    """One use of the window's middle, with all that belongs to it.

    A page is made in two steps, between which the window answers: its widgets first, then (`furnish`) the controls
    behind them. To add one, write a subclass and name it in `gui.shell.window_frame.PAGES`.

    Attributes:
        key: tells it apart from the other pages.
        title: on its tab.
        menu_text: in the View menu, with its mnemonic.
        tip: what it is for.
        shortcut: the keys that show it.
        panel: what stands in the middle.
        form: its settings, in the left column; None without.
        buttons: what starts and stops it, below the left column, always in sight; None without.
        tab_order: widgets that the Tab key reaches one after the other across form and buttons.
        roles: files that only this page uses and that are shown with it.
        saves: networks that it can save.
        exports: what it can export.
        actions: what else it offers to the Run menu.
    """

    offers_changed = Signal()  # something can be chosen now, or no longer
    roles_changed = Signal()
    asked = Signal()  # the person asks for something: what was said before is old
    show_requested = Signal()  # something of it began and wants to be seen
    cancel_requested = Signal()
    refused = Signal(str)
    warned = Signal(str)

    key: ClassVar[str]
    title: ClassVar[str]
    menu_text: ClassVar[str]
    tip: ClassVar[str]
    shortcut: ClassVar[str]

    def __init__(self, *, panel: QWidget, form: QWidget | None = None, buttons: QWidget | None = None) -> None:
        super().__init__()
        self.panel = panel
        self.form = form
        self.buttons = buttons
        self.tab_order: tuple[QWidget, ...] = ()
        self.roles: frozenset[Role] = frozenset()
        self.saves: tuple[Offer, ...] = ()
        self.exports: tuple[Offer, ...] = ()
        self.actions: tuple[Offer, ...] = ()

    def furnish(self, context: PageContext) -> None:
        """Make the controls behind the widgets, and fill `saves`, `exports` and `actions`."""

    def restore(self, preferences: Preferences) -> None:
        """Look as the last time."""

    def remember(self, preferences: Preferences) -> None:
        """Note how it looks."""

    def set_cancellable(self, is_cancellable: bool) -> None:
        """Whether there is a job to stop."""
