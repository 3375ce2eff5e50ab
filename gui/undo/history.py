"""The steps that can be undone: one stack of commands, each with the state before and after it."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from gui.keys.bindings import bindings
from gui.state.session import Session, Step
from gui.undo.snapshot import Snapshot, changes

MOST_STEPS = 200
MOST_BYTES = 2**29  # of closed sets that only the history still holds
BUSY = "A run or a repair is in progress, and this changes its files or its curve: wait until it ends, or stop it."


class History(QObject):
    """Records what the session calls a step, and makes or undoes it by putting the earlier state back.

    The weights of the open network are never edited: a command holds masks, settings and references. Opening another
    model clears the history, and so does any change of the files that is no step, as what was recorded before belongs
    to other files.

    Attributes:
        stack: the steps.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(MOST_STEPS)
        self._before: Snapshot | None = None
        session.step_began.connect(self._on_step_began)
        session.step_ended.connect(self._on_step_ended)
        session.files_changed.connect(self._on_files_changed)
        session.running_changed.connect(self._on_changed)
        self.stack.indexChanged.connect(self._on_changed)

    @property
    def labels(self) -> tuple[str, ...]:
        """What was done, the earliest first; those from `index` on are undone."""
        return tuple(self.stack.text(place) for place in range(self.stack.count()))

    @property
    def index(self) -> int:
        """The number of steps that are done."""
        return self.stack.index()

    def reason_against(self, place: int) -> str:
        """Return why the step at a place cannot be undone or done again now; empty if it can."""
        command = self._command(place)
        if command is None:
            return "There is nothing to undo." if place < 0 else "There is nothing to do again."
        is_refused = self.session.is_running and not command.is_light_on(self.session)
        return bindings.told(BUSY, "run.cancel") if is_refused else ""

    def drops_networks(self, index: int) -> bool:
        """Whether going to an index closes a model with networks that are in no file."""
        if not self.session.unsaved or index == self.index:
            return False
        between = range(min(index, self.index), max(index, self.index))
        commands = [self._command(place) for place in between]
        return any(each is not None and not each.keeps_model for each in commands)

    def go_to(self, index: int) -> None:
        """Undo steps, or do them again, until so many are done; stops at one that cannot be undone now."""
        while index < self.index and not self.reason_against(self.index - 1):
            self.stack.undo()
        while index > self.index and not self.reason_against(self.index):
            self.stack.redo()

    def clear(self) -> None:
        """Forget all steps."""
        self.stack.clear()
        self.changed.emit()

    def put_back(self, *, old: Snapshot, new: Snapshot) -> None:
        """Make a step from `old` to `new` again; called by its command."""
        values = changes(Snapshot.of(self.session), old=old, new=new)
        if values:
            self.session.put_back(values)

    def _command(self, place: int) -> "_Command | None":
        found = self.stack.command(place) if 0 <= place < self.stack.count() else None
        return found if isinstance(found, _Command) else None

    @Slot(object)
    def _on_step_began(self, step: Step) -> None:
        if not self.session.is_restoring:
            self._before = Snapshot.of(self.session, view=step.since)

    @Slot(object)
    def _on_step_ended(self, step: Step) -> None:
        before, self._before = self._before, None
        if before is None:
            return
        after = Snapshot.of(self.session)
        if before.is_same(after):
            return
        if step.is_opening and not self.stack.count() and not before.loses_by(after):
            return
        if self._held_bytes(before) > MOST_BYTES:
            self.stack.clear()
        self.stack.push(_Command(self, step, before, after))
        self.changed.emit()

    def _held_bytes(self, last: Snapshot) -> int:
        """Return the size of the closed sets that the history holds."""
        commands = [self._command(place) for place in range(self.stack.count())]
        snapshots = [last, *(each.before for each in commands if each is not None)]
        is_open = {id(each.images) for each in Snapshot.of(self.session).sets}
        images = [each.images for one in snapshots for each in one.sets]
        held = {id(each): each.nbytes for each in images if isinstance(each, np.ndarray)}  # others are not in memory
        return sum(size for key, size in held.items() if key not in is_open)

    @Slot()
    def _on_files_changed(self) -> None:
        if not (self.session.is_restoring or self.session.is_in_step):
            self.clear()

    @Slot()
    def _on_changed(self) -> None:
        self.changed.emit()


class _Command(QUndoCommand):
    """One step, with the state before and after it."""

    def __init__(self, history: History, step: Step, before: Snapshot, after: Snapshot) -> None:
        super().__init__(step.label)
        self.before, self._after = before, after
        self._history = history
        self._key = step.key
        self._is_new = True  # pushing a command makes its step, which is made already

    @property
    def keeps_model(self) -> bool:
        """Whether the same model is open before and after the step."""
        return self.before.has_network_of(self._after)

    def is_light_on(self, session: Session) -> bool:
        """Whether it can be undone during a run or a repair: files and the shown run stay as they are."""
        runs = {id(self.before.view.run), id(self._after.view.run)}
        is_of_run = not self.before.view.is_same_network(self._after.view)
        is_same_settings = self.before.view.settings == self._after.view.settings == session.settings
        keeps_run = not is_of_run or (is_same_settings and runs == {id(session.run)})
        return self.before.has_files_of(self._after) and keeps_run

    def id(self) -> int:
        """Return the number under which commands are merged; -1 for one that is not."""
        return 1 if self._key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over a later step of the same kind."""
        if not isinstance(other, _Command) or other._key != self._key:
            return False
        self._after = other._after
        self.setText(other.text())
        self.setObsolete(self.before.is_same(self._after))
        return True

    def undo(self) -> None:
        """Show again what was there before."""
        self._after = self._newest(self._after)
        self._history.put_back(old=self._after, new=self.before)

    def redo(self) -> None:
        """Make the step again."""
        if self._is_new:
            self._is_new = False
            return
        self.before = self._newest(self.before)
        self._history.put_back(old=self.before, new=self._after)

    def _newest(self, known: Snapshot) -> Snapshot:
        return _newest(
            known,
            self._history.session,
            changes_files=not self.before.has_files_of(self._after),
            keeps_model=self.keeps_model,
        )


def _newest(known: Snapshot, session: Session, *, changes_files: bool, keeps_model: bool) -> Snapshot:
    """Return a snapshot of the present state with what was found out since it was taken.

    Args:
        known: the snapshot.
        session: the present state.
        changes_files: whether the step opens or closes files: what was made on them since, such as a curve, stays.
        keeps_model: whether the networks that were made of the model stay; otherwise all of them are in the snapshot.
    """
    now = Snapshot.of(session)
    if not now.has_files_of(known):
        return known
    is_same_view = changes_files or now.view.is_same_network(known.view)
    newest = replace(known, of_files=now.of_files, view=now.view if is_same_view else known.view)
    if keeps_model:
        return newest
    return replace(newest, compared=now.compared, repairs=now.repairs, suspects=now.suspects, classified=now.classified)
