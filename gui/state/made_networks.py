"""The part of the window's state that holds repairs and the networks of the comparison, without widgets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.state.compared import ComparedNetwork, NetworkOrigin, compared_repair
from gui.state.open_files import OpenFiles
from gui.state.repairs import KeptRepair

if TYPE_CHECKING:
    from core.network.network import Network


class MadeNetworks(OpenFiles):
    """The networks that were made of the open one, and what a repair begins with.

    Attributes:
        repairs: finished repairs of the open model.
        compared: the networks of the comparison, those of `repairs` included.
        suspects: classes that a detection of the open network found a backdoor to, `NEXT_CLASS` for an all-to-all
            attack; empty for none.
        classified: the network that the classifier uses as B′; None uses the one pruned at the cursor.
    """

    repairs_changed = Signal()  # repairs were added or removed
    compared_changed = Signal()  # networks of the comparison were added, removed or counted
    suspects_changed = Signal()
    classified_changed = Signal()  # the classifier uses another network

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.repairs: tuple[KeptRepair, ...] = ()
        self.compared: tuple[ComparedNetwork, ...] = ()
        self.suspects: tuple[int, ...] = ()
        self.classified: ComparedNetwork | None = None
        self._saved: tuple[Network, ...] = ()  # each B′ that is in a file

    @property
    def unsaved(self) -> tuple[ComparedNetwork, ...]:
        """The networks of the comparison that were made here and are in no file."""
        return tuple(
            each
            for each in self.compared
            if each.origin is not NetworkOrigin.FILE and not any(each.pruned is one for one in self._saved)
        )

    def mark_saved(self, pruned: "Network") -> None:
        """Note that a network B′ of the comparison, or a G made of it, was written to a file."""
        self._saved = (*self._saved, pruned)

    def add_repair(self, kept: KeptRepair) -> None:
        """Add a repair, also to the comparison; the classifier uses it from then on."""
        self.repairs = (*self.repairs, kept)
        self.compared = (*self.compared, compared_repair(kept))
        self.classified = self.compared[-1]
        self.repairs_changed.emit()
        self.compared_changed.emit()
        self.classified_changed.emit()

    def add_compared(self, network: ComparedNetwork) -> None:
        """Add a network to the comparison."""
        self.compared = (*self.compared, network)
        self.compared_changed.emit()

    def replace_compared(self, networks: Sequence[ComparedNetwork]) -> None:
        """Replace the networks by newer records of the same ones, in the same order; the classifier follows."""
        places = [place for place, each in enumerate(self.compared) if each is self.classified]
        self.compared = tuple(networks)
        classified = self.compared[places[0]] if places else self.classified
        self.compared_changed.emit()
        self.set_classified(classified)

    def remove_compared(self, network: ComparedNetwork) -> None:
        """Remove a network from the comparison; a repair is dropped, and its saved files stay."""
        self.compared = tuple(each for each in self.compared if each is not network)
        self.repairs = tuple(each for each in self.repairs if each is not network.kept)
        self.compared_changed.emit()
        if network.kept is not None:
            self.repairs_changed.emit()
        if self.classified is network:
            self.set_classified(None)

    def set_classified(self, network: ComparedNetwork | None) -> None:
        """Set the B′ of the classifier: a repaired network, or (None) the one pruned at the cursor."""
        if self.classified is not network:
            self.classified = network
            self.classified_changed.emit()

    def set_suspects(self, suspects: tuple[int, ...]) -> None:
        """Set the classes that a backdoor of the open network leads to; empty for none."""
        if self.suspects != suspects:
            self.suspects = suspects
            self.suspects_changed.emit()

    def _finish_change(self, *, is_new_model: bool = False) -> None:
        """For a new model drop all networks that were made of the earlier one, after the change of the files."""
        if is_new_model:
            self.repairs, self.compared, self.classified = (), (), None
            if self.network is not None:  # otherwise those of the closed one may come back by undo
                self._saved = ()
        super()._finish_change(is_new_model=is_new_model)
        if is_new_model:
            self.repairs_changed.emit()
            self.compared_changed.emit()
            self.classified_changed.emit()
            self.set_suspects(())
