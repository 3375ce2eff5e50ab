"""Has the layers described and placed in the worker, and turns clicks on them into settings of the Prune page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from core.channels import ALL_LAYERS, LayerSet, PrunableLayer, takes_several
from core.errors import InspectorError
from core.structure.layout import GraphLayout
from core.structure.readers import ReaderRoute, find_routes
from core.structure.records import NetworkStructure
from core.words import printable
from gui.job_runner import JobRunner, Question, Request
from gui.network import jobs
from gui.network.panel import NetworkPanel
from gui.page import why_running
from gui.state.session import Session

if TYPE_CHECKING:
    from core.network.network import Network

BY_HAND = (
    "Channels are pruned by hand, and another layer would end that. Press “Prune this layer” at the right to choose it "
    "all the same."
)
NOT_SEVERAL = "These layers cannot be chosen together: their names have commas, or there are fewer than three."


@dataclass(frozen=True, slots=True, eq=False)
class ShownNetwork:
    """The network on the panel.

    Attributes:
        network: as opened.
        structure: its layers.
        layout: where they are drawn; None until that is known.
    """

    network: "Network"
    structure: NetworkStructure
    layout: GraphLayout | None = None


class NetworkControl(QObject):
    """Draws the open network while its page is seen, and chooses layers.

    Attributes:
        shown: what is drawn; None until the layers are known.
        routes: the ways of the pruned channels to their readers.
    """

    refused = Signal(str)
    warned = Signal(str)
    settings_chosen = Signal(object)  # Settings
    drawn = Signal()

    def __init__(self, *, session: Session, runner: JobRunner, panel: NetworkPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._panel = panel
        self.shown: ShownNetwork | None = None
        self.routes: tuple[ReaderRoute, ...] = ()
        panel.shown.connect(self.update)
        panel.font_changed.connect(self._place_again)
        panel.layer_chosen.connect(self._on_layer_chosen)
        session.files_changed.connect(self.update)
        session.run_changed.connect(self.show_choice)

    @Slot()
    def update(self) -> None:
        """Show the layers of the open model; nothing is read while the page is not seen."""
        network = self._session.network
        if self.shown is not None and self.shown.network is network:
            self.show_choice()
            return
        if self.shown is not None or network is None:
            self.shown = None
            self._panel.clear(has_model=network is not None)
            self.drawn.emit()
        if network is not None and self._panel.isVisible():
            self._panel.clear(has_model=True)
            self._submit(
                "Reading the layers", "structure", partial(self._make_description, network), self._on_described
            )

    @Slot()
    def show_choice(self) -> None:
        """Mark the layers that are pruned, and those that read their channels."""
        if self.shown is None or self.shown.layout is None:
            return
        layer, reader = self._session.layer, self._session.settings.reader
        parts = () if layer is None else layer.parts or (layer,)
        self.routes = find_routes(self.shown.structure, parts, reader=reader)
        self._panel.show_choice(layer, self.routes, reader=reader)

    def choose(self, name: str, *, is_added: bool, is_certain: bool) -> None:
        """Prune a layer, or add it to the chosen ones or take it out; say why if that cannot be.

        Args:
            name: the layer.
            is_added: whether those that are chosen stay chosen.
            is_certain: whether what was pruned by hand may be left.
        """
        if self.shown is None:
            return
        layer = self.shown.structure.layer(name)
        if not layer.is_prunable:
            self._panel.show_tab("Layer")
            return
        session = self._session
        wanted = self._added(name) if is_added else LayerSet.of(name)
        if wanted == session.settings.layer:
            return
        if session.is_running:
            self.refused.emit(why_running())
        elif wanted is None:
            self.warned.emit(NOT_SEVERAL)
        elif session.is_by_hand and not is_certain:
            self._panel.show_tab("Layer")
            self.warned.emit(BY_HAND)
        else:
            self.settings_chosen.emit(replace(session.settings, layer=wanted, reader=self._reader_for(wanted)))

    def _reader_for(self, wanted: LayerSet) -> str | None:
        """Return the only reader that channels are pruned for, if it reads the wanted layer too."""
        reader = self._session.settings.reader
        layers = [each for each in self._session.layers if each.layer_set == wanted]
        readers = [each.layer for layer in layers for each in layer.readers if each.is_cuttable]
        return reader if reader in readers else None

    def _added(self, name: str) -> LayerSet | None:
        """Return the chosen layers with one more, or without it; None if they cannot be pruned together."""
        session = self._session
        names = [each.name for each in session.layers if not each.parts]
        chosen = set(names) if session.settings.layer.is_all else set(session.settings.layer.names)
        chosen ^= {name}
        if not chosen:
            return session.settings.layer
        wanted = [each for each in names if each in chosen]
        if len(wanted) == len(names) and len(names) > 1:
            return ALL_LAYERS
        if len(wanted) > 1 and not takes_several(session.layers):
            return None
        return LayerSet(tuple(wanted))

    def _submit(self, name: str, key: str, make: "partial[Question | None]", on_succeeded: object) -> None:
        self._runner.submit(
            Request(
                name=name,
                make=make,
                on_succeeded=on_succeeded,  # type: ignore[arg-type]
                on_failed=self._on_failed,
                key=key,
                is_light=True,
            )
        )

    def _make_description(self, network: "Network") -> Question | None:
        return (
            Question(jobs.describe_structure(network), network, (network,))
            if self._session.network is network
            else None
        )

    def _on_described(self, structure: NetworkStructure, network: "Network") -> None:
        if self._session.network is network:
            self.shown = ShownNetwork(network, structure)
            self._place_again()

    @Slot()
    def _place_again(self) -> None:
        """Place the layers for the size of their texts."""
        if self.shown is not None:
            self._submit("Placing the layers", "graph layout", partial(self._make_layout, self.shown), self._on_placed)

    def _make_layout(self, shown: ShownNetwork) -> Question | None:
        if self.shown is None or self.shown.network is not shown.network:
            return None
        return Question(
            jobs.lay_out(shown.structure, self._panel.graph.box_sizes(shown.structure)), shown, files=(shown.network,)
        )

    def _on_placed(self, layout: GraphLayout, shown: ShownNetwork) -> None:
        summary = self._session.summary
        if self.shown is None or self.shown.network is not shown.network or summary is None:
            return
        self.shown = replace(shown, layout=layout)
        self._panel.show_graph(summary, shown.structure, layout)
        self.show_choice()
        self._focus(self._session.layer)
        self.drawn.emit()

    def _focus(self, layer: PrunableLayer | None) -> None:
        """Begin at the layer that is pruned, or else at the input."""
        if self.shown is None or self._panel.graph.current:
            return
        parts: Sequence[PrunableLayer] = () if layer is None else layer.parts or (layer,)
        self._panel.graph.go_to(parts[0].name if parts else self.shown.structure.layers[0].name)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            self.refused.emit(printable(str(error)))

    @Slot(str, bool, bool)
    def _on_layer_chosen(self, name: str, is_added: bool, is_certain: bool) -> None:
        self.choose(name, is_added=is_added, is_certain=is_certain)
