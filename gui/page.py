"""What a page of the window offers to its menus."""

from collections.abc import Callable
from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class PageMenu:
    """What the menus know of a page.

    Attributes:
        key: tells it apart.
        title: on its tab.
        text: in the menu.
        shortcut: shows it.
        saves: networks that it can save.
        exports: what it can export.
        actions: what else it can do.
    """

    key: str
    title: str
    text: str
    shortcut: str
    saves: tuple[Offer, ...] = ()
    exports: tuple[Offer, ...] = ()
    actions: tuple[Offer, ...] = ()
