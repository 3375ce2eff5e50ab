"""The steps of the studio: what can be undone and done again while its window has the focus."""

from dataclasses import fields

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QUndoCommand, QUndoStack
from PySide6.QtWidgets import QAbstractSpinBox, QToolButton, QWidget

from core.data.trigger_design.design import Design, DesignKind
from gui.keys.bindings import bindings
from gui.theme import theme

MOST_STEPS = 100
_LABELS = {
    "kind": "kind of trigger",
    "placement": "place of the trigger",
    "opacity": "opacity",
    "colour": "colour",
    "amplitude": "amplitude",
    "frequency": "frequency",
    "direction": "direction",
    "strength": "strength",
    "grid": "grid",
    "seed": "seed",
    "found": "pairs of images",
}
_KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class DesignHistory(QObject):
    """Keeps the designs of the studio; edits of one drag, and of one setting in a row, are undone as one.

    Attributes:
        stack: the steps.
        undo: undoes the last step.
        redo: does the next one again.
    """

    restored = Signal(object)  # Design

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(MOST_STEPS)
        self._design: Design | None = None  # as it is shown
        self._gesture = 0
        self._is_restoring = False
        self.undo = self.stack.createUndoAction(window, "Undo")
        self.redo = self.stack.createRedoAction(window, "Redo")
        bindings.bind(self.undo, "edit.undo")
        bindings.bind(self.redo, "edit.redo")
        window.addActions([self.undo, self.redo])
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()

    def begin_gesture(self) -> None:
        """Begin a step of its own: what is drawn or dragged from now on is not undone with what was before."""
        self._gesture += 1

    def record(self, after: Design, *, is_from_canvas: bool = False) -> None:
        """Record an edit; the first design, and one that is put back, are no edits."""
        before, self._design = self._design, after
        if self._is_restoring or before is None:
            return
        changed = _changed(before, after)
        if changed:
            is_gradual = is_from_canvas or not set(changed) & {"kind", "name", "source", "found"}
            self.stack.push(_Edit(self, before, after, key=(changed, self._gesture), is_gradual=is_gradual))

    def clear(self) -> None:
        """Forget all steps; the next design is the first."""
        self._design = None
        self.stack.clear()

    def restore(self, design: Design) -> None:
        """Put a design back."""
        self._is_restoring = True
        try:
            self.restored.emit(design)
        finally:
            self._is_restoring = False

    def _recolour(self) -> None:
        self.undo.setIcon(theme.icon("undo"))
        self.redo.setIcon(theme.icon("redo"))


class _Edit(QUndoCommand):
    """A step from one design to another."""

    def __init__(
        self,
        history: DesignHistory,
        before: Design,
        after: Design,
        *,
        key: tuple[tuple[str, ...], int],
        is_gradual: bool,
    ) -> None:
        super().__init__(_label(key[0], after))
        self._is_gradual = is_gradual
        self._history, self._before, self._after, self._key = history, before, after, key
        self._is_done = True  # pushing calls `redo` for what the person has done already

    def undo(self) -> None:
        """Put the earlier design back."""
        self._is_done = False
        self._history.restore(self._before)

    def redo(self) -> None:
        """Put the later design back."""
        if not self._is_done:
            self._is_done = True
            self._history.restore(self._after)

    def id(self) -> int:
        """Return that steps can be merged."""
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over a later edit of the same settings in the same gesture; what is chosen is a step of its own."""
        if not isinstance(other, _Edit) or other._key != self._key or not (self._is_gradual and other._is_gradual):
            return False
        self._after = other._after
        return True


class _FieldFilter(QObject):
    """Leaves Undo and Redo to the studio in fields whose text is not being edited."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ignore what a field would take for itself."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_edited = isinstance(watched, QAbstractSpinBox) and watched.lineEdit().isUndoAvailable()
            if not is_edited and any(event.matches(key) for key in _KEYS):
                event.ignore()
                return True
        return super().eventFilter(watched, event)


def leave_undo_to(history: DesignHistory, window: QWidget) -> None:
    """Let the fields of a window leave Undo and Redo to its history."""
    made = _FieldFilter(history)
    for field in window.findChildren(QAbstractSpinBox):
        field.installEventFilter(made)


def history_button(action: QAction, name: str) -> QToolButton:
    """Return a button for a step back or forth; its tooltip names the step."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setProperty("boxed", True)
    button.setAccessibleName(name)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _changed(before: Design, after: Design) -> tuple[str, ...]:
    """Return the names of the settings that differ; arrays are compared by identity, because edits make new ones."""
    return tuple(
        each.name
        for each in fields(Design)
        if (old := getattr(before, each.name)) is not (new := getattr(after, each.name))
        and (each.name in ("source", "found") or old != new)
    )


def _label(changed: tuple[str, ...], after: Design) -> str:
    for name, label in _LABELS.items():
        if name in changed:
            return label
    return "drawing" if after.kind is DesignKind.DRAWING else "image"
