"""The commands of the window, read from its menus and its pages: nothing is listed twice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from gui.export.menu import ExportMenu
from gui.keys.bindings import bindings, plain_text
from gui.page import Offer, Page

UNAVAILABLE = "Not available at the moment."
_NATIVE = QKeySequence.SequenceFormat.NativeText


@dataclass(frozen=True, slots=True)
class Command:
    """Something that can be done, as the command palette and the list of shortcuts show it.

    Attributes:
        key: the same from one start to the next.
        group: the menu or page that it belongs to: "File › Export".
        text: its menu entry, without mnemonic.
        shortcut: its keys as the system writes them; empty for none.
        reason: why it cannot be chosen now; empty when it can.
        run: performs it.
        is_checked: whether its entry has a tick; None if it cannot have one.
    """

    key: str
    group: str
    text: str
    shortcut: str
    reason: str
    run: Callable[[], object]
    is_checked: bool | None = None

    @property
    def search_text(self) -> str:
        """What is searched and shown."""
        return f"{self.group}: {self.text}"


def find_commands(
    bar: QMenuBar,
    pages: Sequence[Page],
    *,
    shown: Page,
    show_page: Callable[[str], object],
    page_actions: Sequence[QAction],
) -> tuple[Command, ...]:
    """Return the commands of the shown page, then those of the menus, then those of the other pages.

    Args:
        bar: the menu bar.
        pages: the pages.
        shown: the page that is shown; the other pages are shown before a command of theirs runs.
        show_page: shows a page, by its key.
        page_actions: menu entries that stand for a command of a page; they are left out of the menus.
    """
    skipped = set(page_actions)
    own = list(_page_commands(shown, None))
    menus = [each for menu in _menus(bar.actions()) for each in _menu_commands(menu, (), skipped)]
    others = [each for page in pages if page is not shown for each in _page_commands(page, show_page)]
    return (*own, *menus, *others)


def why_disabled(action: QAction) -> str:
    """Return why an action cannot be chosen; empty when it can."""
    if action.isEnabled():
        return ""
    tip = action.toolTip()
    is_told = tip and plain_text(tip).removesuffix("…") != plain_text(action.text()).removesuffix("…")
    return tip if is_told else UNAVAILABLE


def _menus(actions: Sequence[QAction]) -> Iterator[QMenu]:
    for action in actions:
        menu = QMenu.menuInAction(action)
        if menu is not None:
            yield menu


def _menu_commands(menu: QMenu, above: tuple[str, ...], skipped: set[QAction]) -> Iterator[Command]:
    path = (*above, plain_text(menu.title()).removesuffix("…"))
    for action in menu.actions():
        inner = QMenu.menuInAction(action)
        if inner is not None:
            if isinstance(inner, ExportMenu):
                inner.refresh()
            yield from _menu_commands(inner, path, skipped)
        elif not action.isSeparator() and action.isVisible() and action not in skipped:
            text = plain_text(action.text())
            yield Command(
                key=" › ".join((*path, text)),
                group=" › ".join(path),
                text=text,
                shortcut=action.shortcut().toString(_NATIVE),
                reason=why_disabled(action),
                run=action.trigger,
                is_checked=action.isChecked() if action.isCheckable() else None,
            )


def _page_commands(page: Page, show_page: Callable[[str], object] | None) -> Iterator[Command]:
    for group, offers in (("", page.actions), (" › Save", page.saves), (" › Export", page.exports)):
        for offer in offers:
            yield Command(
                key=f"{page.key}{group}: {offer.key}",
                group=f"{page.title}{group}",
                text=plain_text(offer.text),
                shortcut=bindings.text(page.binding_key(offer)),
                reason=offer.reason,
                run=_runner(page, offer, show_page),
            )


def _runner(page: Page, offer: Offer, show_page: Callable[[str], object] | None) -> Callable[[], object]:
    def run() -> None:
        if show_page is not None:
            show_page(page.key)
        if not offer.reason:
            offer.run()

    return run
