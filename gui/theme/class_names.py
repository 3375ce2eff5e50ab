"""How classes are called on the screen: by number, with the name and an example image where they are known."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from core.words import printable

if TYPE_CHECKING:  # reading files is not needed before the window is painted
    from core.images.class_names import ClassNames

LONGEST = 24
"""Letters of a name where there is little room."""

_NUMBER = re.compile(r"\d{1,6}")
_NUMBERED = re.compile(
    r"\b((?:[Cc]lass|[Cc]lasses|target|targets|target label|target labels) )"
    r"(\d{1,6}(?:(?:, | and | or )\d{1,6})*)(?![\d%,.]*\d)(?! ?(?:%|\(|classes))"
)

Faces = Callable[[int], QPixmap | None]


class _Signals(QObject):
    """Announces changes of the names and of the example images."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.names: ClassNames | None = None
        self.faces: Faces | None = None


signals = _Signals()
"""Connect to `signals.changed` to draw classes anew."""


def current() -> "ClassNames | None":
    """Return the names that are open; None for none."""
    return signals.names


def use_names(names: "ClassNames | None") -> None:
    """Call classes by these names; None by their numbers alone."""
    signals.names = names
    signals.changed.emit()


def use_faces(faces: Faces | None) -> None:
    """Show these example images; None shows none."""
    signals.faces = faces
    signals.changed.emit()


def name_of(label: int) -> str:
    """Return the name of a class, printable; empty if it has none."""
    return printable(signals.names.name(label)) if signals.names is not None else ""


def face_of(label: int) -> QPixmap | None:
    """Return an example image of a class; None if there is none."""
    return signals.faces(label) if signals.faces is not None and label >= 0 else None


def has_faces() -> bool:
    """Return whether there are example images."""
    return signals.faces is not None


def short_text(label: int, length: int = LONGEST) -> str:
    """Return a class as "7" or "7 stop sign", with a long name elided."""
    name = name_of(label)
    return f"{label} {_elided(name, length)}" if name else str(label)


def class_text(label: int, length: int = LONGEST) -> str:
    """Return a class as "class 7" or "class 7 (stop sign)", with a long name elided."""
    name = name_of(label)
    return f"class {label} ({_elided(name, length)})" if name else f"class {label}"


def named(text: str) -> str:
    """Return a sentence with the names of the classes that it numbers: "class 7 (stop sign)", "target 0 (Ann)"."""
    if signals.names is None:
        return text
    return _NUMBERED.sub(lambda hit: hit[1] + _NUMBER.sub(_with_name, hit[2]), text)


def _with_name(hit: re.Match[str]) -> str:
    name = name_of(int(hit[0]))
    return f"{hit[0]} ({_elided(name, LONGEST)})" if name else hit[0]


def _elided(name: str, length: int) -> str:
    return name if len(name) <= length else f"{name[: length - 1]}…"
