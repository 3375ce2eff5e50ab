"""The table of keyboard shortcuts: what each action is called, its usual keys, and those chosen instead."""

import functools
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut

logger = logging.getLogger(__name__)

EVERYWHERE = ""
_NATIVE = QKeySequence.SequenceFormat.NativeText
_PORTABLE = QKeySequence.SequenceFormat.PortableText
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9.-]*)\}")
_KEPT_BY_WIDGETS = frozenset(
    {
        Qt.Key.Key_Tab,
        Qt.Key.Key_Backtab,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
    }
)
_CLIPBOARD = (("Ctrl+C", "copies"), ("Ctrl+X", "cuts"), ("Ctrl+A", "selects everything"))
_SAY_NOTHING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


@dataclass(frozen=True, slots=True)
class Binding:
    """An action that can have keys.

    Attributes:
        key: unique, the same from one version to the next: "file.open".
        group: the menu or page that it belongs to.
        text: its menu entry, without mnemonic.
        usual: its keys as they come with the program, in Qt's portable text: ("Ctrl+Shift+Z", "Ctrl+Y").
        page: the key of the page on which alone it can be chosen; empty for everywhere.
    """

    key: str
    group: str
    text: str
    usual: tuple[str, ...]
    page: str = EVERYWHERE

    @property
    def title(self) -> str:
        """What it is called where its menu is not seen: "File: Open…"."""
        return f"{self.group}: {self.text}"


class Bindings(QObject):
    """The table; what has shortcuts declares its actions here and follows `changed`."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table: dict[str, Binding] = {}
        self._own: dict[str, tuple[str, ...]] = {}

    @property
    def table(self) -> tuple[Binding, ...]:
        """All actions, in the order in which they were declared."""
        return tuple(self._table.values())

    @property
    def own(self) -> dict[str, list[str]]:
        """The keys that differ from the usual ones, as they are stored."""
        return {key: list(keys) for key, keys in self._own.items()}

    def declare(self, binding: Binding) -> None:
        """Add an action; one that is declared again is replaced."""
        self._table[binding.key] = binding

    def find(self, key: str) -> Binding | None:
        """Return an action; None if it was not declared."""
        return self._table.get(key)

    def is_own(self, key: str) -> bool:
        """Return whether the keys of an action are not the usual ones."""
        return key in self._own

    def keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of an action as portable text; an action that was not declared has none."""
        if key in self._own:
            return self._own[key]
        binding = self._table.get(key)
        return binding.usual if binding is not None else ()

    def text(self, key: str, *, is_whole: bool = False) -> str:
        """Return the first keys of an action as the system writes them, or all of them; empty for none."""
        keys = self.keys(key)
        return ", ".join(native_text(each) for each in (keys if is_whole else keys[:1]))

    def told(self, text: str, key: str) -> str:
        """Return a text with the keys of an action in brackets, if it has any."""
        keys = self.text(key)
        if not keys:
            return text
        return f"{text[:-1]} ({keys})." if text.endswith(".") else f"{text} ({keys})"

    def filled(self, text: str) -> str:
        """Return a text with the keys of the actions that stand in braces; without keys, with their names."""
        return _PLACEHOLDER.sub(self._named, text)

    def take(self, own: Mapping[str, Sequence[str]]) -> None:
        """Use stored keys in place of all earlier ones; what cannot be read is logged and left out."""
        self._own = {}
        for key, texts in own.items():
            reason = next((why for why in map(why_refused, texts) if why), "")
            if reason:
                logger.warning("The stored shortcut of '%s' is ignored: %s", key, reason)
            else:
                self._own[key] = tuple(map(portable_text, texts))
        self.changed.emit()

    def log_unknown(self) -> None:
        """Log the stored keys of actions that do not exist, once all are declared."""
        for key in self._own:
            if key not in self._table:
                logger.warning("The stored shortcut of '%s' is ignored: there is no such action", key)

    def assign(self, key: str, keys: Iterable[str]) -> None:
        """Give an action these keys, and take them from all that could be meant as well."""
        wanted = tuple(map(portable_text, keys))
        for each in wanted:
            for other in self.others_with(each, key):
                self._set(other.key, tuple(kept for kept in self.keys(other.key) if kept != each))
        self._set(key, wanted)
        self.changed.emit()

    def reset(self, key: str) -> None:
        """Give an action its usual keys, and take them from all that could be meant as well."""
        binding = self._table.get(key)
        if binding is not None:
            self.assign(key, binding.usual)

    def reset_all(self) -> None:
        """Give all actions their usual keys."""
        self._own = {}
        self.changed.emit()

    def others_with(self, keys: str, key: str) -> tuple[Binding, ...]:
        """Return the other actions that could be meant by the keys of an action.

        Args:
            keys: the keys, as portable text.
            key: the action.
        """
        binding = self._table.get(key)
        page = binding.page if binding is not None else EVERYWHERE
        return tuple(
            each
            for each in self._table.values()
            if each.key != key
            and keys in self.keys(each.key)
            and (EVERYWHERE in (page, each.page) or page == each.page)
        )

    def is_chosen(self, sequence: QKeySequence) -> bool:
        """Return whether a person chose these keys for an action, so that no text field may keep them."""
        text = sequence.toString(_PORTABLE)
        return any(text in keys for keys in self._own.values())

    def bind(self, target: QAction | QShortcut, key: str) -> None:
        """Give an action of the window its keys, now and whenever they change."""
        _BoundKeys(self, target, key)

    def _set(self, key: str, keys: tuple[str, ...]) -> None:
        binding = self._table.get(key)
        if binding is not None and keys == binding.usual:
            self._own.pop(key, None)
        else:
            self._own[key] = keys

    def _named(self, hit: re.Match[str]) -> str:
        binding = self._table.get(hit[1])
        return self.text(hit[1]) or (f"“{binding.text.removesuffix('…')}”" if binding is not None else hit[0])


class _BoundKeys(QObject):
    """Keeps the keys of one action; it goes with the action."""

    def __init__(self, bindings: Bindings, target: QAction | QShortcut, key: str) -> None:
        super().__init__(target)
        self._bindings, self._target, self._key = bindings, target, key
        bindings.changed.connect(self.show)
        self.show()

    def show(self) -> None:
        """Set the current keys."""
        keys = [QKeySequence(each) for each in self._bindings.keys(self._key)]
        if isinstance(self._target, QAction):
            self._target.setShortcuts(keys)
        else:
            self._target.setKeys(keys)


def plain_text(text: str) -> str:
    """Return the text of a menu entry without its mnemonic."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


@functools.lru_cache(maxsize=512)
def native_text(keys: str) -> str:
    """Return keys as the system writes them."""
    return QKeySequence(keys, _PORTABLE).toString(_NATIVE)


def portable_text(keys: str) -> str:
    """Return keys as they are stored, whatever the order of the modifiers was."""
    return QKeySequence(keys, _PORTABLE).toString(_PORTABLE)


def why_refused(keys: str) -> str:
    """Return why keys cannot be a shortcut; empty when they can.

    Args:
        keys: as portable text.
    """
    sequence = QKeySequence(keys, _PORTABLE)
    pressed = sequence[0] if sequence.count() == 1 else None  # type: ignore[index]  # Qt's stubs lack it
    if pressed is None or pressed.key() in (Qt.Key.Key_unknown, Qt.Key(0)):
        return f"“{keys[:40]}” is not one key, with or without Ctrl, Shift and Alt."
    name = sequence.toString(_NATIVE)
    key, modifiers = pressed.key(), pressed.keyboardModifiers()
    is_bare = not modifiers & ~_SAY_NOTHING
    is_typed = Qt.Key.Key_A <= key <= Qt.Key.Key_Z or Qt.Key.Key_0 <= key <= Qt.Key.Key_9 or key == Qt.Key.Key_Space
    if is_bare and is_typed:
        return f"{name} is typed into fields and chooses rows: hold Ctrl or Alt with it."
    if is_bare and key in _KEPT_BY_WIDGETS:
        return f"{name} moves about in the window: hold Ctrl or Alt with it."
    is_mnemonic = modifiers == Qt.KeyboardModifier.AltModifier and Qt.Key.Key_A <= key <= Qt.Key.Key_Z
    if is_mnemonic:
        return f"{name} belongs to the menus and labels, whose letters are underlined: hold Ctrl or Shift with it."
    what = next((what for taken, what in _CLIPBOARD if sequence == QKeySequence(taken)), "")
    return f"{name} {what} in every field and table." if what else ""


bindings = Bindings()
"""The table of the program."""


def bind(
    target: QAction | QShortcut, key: str, group: str, *usual: str, page: str = EVERYWHERE, text: str = ""
) -> None:
    """Declare an action, and give it its keys now and whenever they change.

    Args:
        target: the action.
        key: unique: "file.open".
        group: the menu or page that it belongs to.
        usual: its usual keys.
        page: the key of the page on which alone it can be chosen.
        text: what it is called; empty takes the text of the action.
    """
    name = plain_text(text or (target.text() if isinstance(target, QAction) else key))
    bindings.declare(Binding(key, group, name, tuple(map(portable_text, usual)), page))
    bindings.bind(target, key)
