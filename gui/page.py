"""A page of the window: its name, its widgets, and what it offers to the menus."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from gui.export.menu import ExportMenu
from gui.export.source import Source
from gui.files.saver import Saver
from gui.images.request import AnswerSource
from gui.job_runner import JobRunner
from gui.keys.bindings import bindings
from gui.state.open_files import Role
from gui.state.preferences import Preferences
from gui.state.session import Session

_RUNNING = "A run or a repair is in progress: wait until it ends, or stop it."


def why_running() -> str:
    """Return why something has to wait until the run or the repair ends, and how to stop that."""
    return bindings.told(_RUNNING, "run.cancel")


@dataclass(frozen=True, slots=True)
class Offer:
    """An action of a page, and the reason why it cannot be chosen at the moment.

    Attributes:
        key: unique on its page: "run", "pruned", "csv".
        text: the menu entry.
        run: performs the action.
        find_reason: returns why the action cannot be chosen now; an empty text when it can.
        shortcut: its usual keys; empty for none.
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
        """Why the action cannot be chosen now; empty when it can."""
        return self.find_reason()


@dataclass(frozen=True, slots=True, eq=False)
class PageContext:
    """What the window gives to each page.

    Attributes:
        session: the window's state.
        runner: runs jobs.
        saver: asks where to save, and submits the job that writes.
        preferences: settings that are kept from one start to the next.
        window: parent of the dialogs.
    """

    session: Session
    runner: JobRunner
    saver: Saver
    preferences: Preferences
    window: QWidget


class Page(QObject):
    """A page of the window: its form, its panel, its control, and what it can save, export and start.

    A page is created in two steps, so that the window stays responsive: first its widgets (the constructor), then the
    controls behind them (`furnish`). To add a page, write a subclass and list it in `gui.shell.window_frame.PAGES`.

    Attributes:
        key: unique among the pages.
        title: text of the tab.
        menu_text: entry in the View menu, with its mnemonic.
        tip: what the page is for; tooltip of the tab.
        shortcut: the usual keys that show the page.
        is_first_without_poisoned: whether the page comes first while no poisoned set is open, and last otherwise.
        panel: the widget in the middle of the window.
        form: the settings, in the left column; None if there are none.
        buttons: start and stop, always visible below the left column; None if there are none.
        tab_order: widgets of form and buttons that follow each other under the Tab key.
        roles: file roles that only this page uses; their slots are shown with it.
        saves: networks that can be saved.
        exports: files that can be exported.
        actions: further entries of the Run menu.
        sources: the charts and tables that can be exported.
        export_menus: their menus, for File > Export.
    """

    offers_changed = Signal()  # an action became available or unavailable
    roles_changed = Signal()
    asked = Signal()  # the person asked for something: earlier messages are out of date
    show_requested = Signal()  # a job of this page began: show the page
    cancel_requested = Signal()
    demo_requested = Signal()
    channel_hovered = Signal(int)  # a channel whose feature map is wanted; -1 for none
    page_requested = Signal(str)  # the key of another page
    refused = Signal(str)
    warned = Signal(str)
    said = Signal(str)
    images_requested = Signal(object)  # gui.images.request.ImagesRequest

    key: ClassVar[str]
    title: ClassVar[str]
    menu_text: ClassVar[str]
    tip: ClassVar[str]
    shortcut: ClassVar[str]
    is_first_without_poisoned: ClassVar[bool] = False

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
        self.sources: tuple[Source, ...] = ()
        self.export_menus: tuple[ExportMenu, ...] = ()

    @property
    def keys(self) -> str:
        """The keys that show the page now; empty for none."""
        return bindings.text(f"view.{self.key}")

    def binding_key(self, offer: Offer) -> str:
        """Return what an offer is called in the table of shortcuts; saving has the same keys on all pages."""
        if offer in self.saves:
            return f"save.{offer.key}"
        return f"{self.key}.export.{offer.key}" if offer in self.exports else f"{self.key}.{offer.key}"

    def furnish(self, context: PageContext) -> None:
        """Create the controls behind the widgets, and fill `saves`, `exports`, `actions` and `sources`."""

    def start_demo(self) -> None:
        """Start on the files of the demo; called once they wait to be opened."""

    def show_feature_map(self, channel: int, image: NDArray[np.float32]) -> None:
        """Show a channel's activation on the classifier's image, (h, w), if the page asked for it."""

    def answering(self) -> AnswerSource | None:
        """Return what answers as the network that the page shows; None for the one at the cursor of the run."""
        return None

    def rename_classes(self) -> None:
        """Draw classes with other names; widgets that follow `class_names.signals` do so by themselves."""

    def restore(self, preferences: Preferences) -> None:
        """Restore what was remembered from the last start."""

    def remember(self, preferences: Preferences) -> None:
        """Write to `preferences` what the next start restores."""

    def allows_quitting(self) -> bool:
        """Ask what becomes of what the page runs beside the window; return whether the window may close."""
        return True

    def reset_layout(self) -> None:
        """Give the parts of the panel the sizes that they have at the first start."""

    def set_cancellable(self, is_cancellable: bool) -> None:
        """Set whether there is a job to stop."""
