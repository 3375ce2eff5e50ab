"""The Network page: the layers of the open model as a graph, and single channels in detail."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot

from core.report.structure.layer_csv import layers_table
from gui.channel.control import ChannelControl
from gui.export.source import Source
from gui.network.control import NetworkControl
from gui.network.panel import NetworkPanel
from gui.network.save import NOT_DRAWN, NetworkSaveControl
from gui.page import Offer, Page, PageContext
from gui.state.preferences import Preferences


class NetworkPage(Page):
    """Shows the structure of the open model; a click on a layer chooses it for pruning.

    Attributes:
        network_panel: the panel.
        control: draws the graph and chooses layers.
        channels: shows channels in detail.
        save: exports.
    """

    settings_chosen = Signal(object)  # Settings of the Prune page

    key = "network"
    title = "Network"
    menu_text = "&Network"
    tip = "The layers as a graph, and single channels in detail"
    shortcut = "Ctrl+5"

    def __init__(self) -> None:
        self.network_panel = NetworkPanel()
        super().__init__(panel=self.network_panel)

    def furnish(self, context: PageContext) -> None:
        """Create the controls."""
        session, runner, panel = context.session, context.runner, self.network_panel
        self._session = session
        self.control = NetworkControl(session=session, runner=runner, panel=panel, parent=self)
        self.channels = ChannelControl(session=session, runner=runner, panel=panel.inspector, parent=self)
        self.save = NetworkSaveControl(
            session=session, runner=runner, saver=context.saver, control=self.control, panel=panel, parent=self
        )
        self.exports = self.save.exports
        self.save.said.connect(self.said)
        table = panel.file_view.table
        self.sources = (
            Source("Layers", "layers", lambda: layers_table(table.layers.layers), (table,), why_empty=NOT_DRAWN),
        )
        self.actions = (Offer("find", "&Find a layer", panel.search.begin, self.save.why_not, "Ctrl+F", ""),)
        for each in (self.control, self.channels):
            each.refused.connect(self.refused)
            each.warned.connect(self.warned)
        self.control.settings_chosen.connect(self.settings_chosen)
        self.control.drawn.connect(self.offers_changed)
        panel.layer_opened.connect(self._on_layer_opened)
        panel.layer_inspected.connect(self._on_layer_inspected)
        panel.current_changed.connect(self._on_current_changed)
        panel.layer_chosen.connect(self._on_layer_chosen)
        session.selection.inspect_requested.connect(self._on_inspect_requested)

    def restore(self, preferences: Preferences) -> None:
        """Restore nothing; the first model is drawn when the page is first seen."""
        del preferences
        self.control.update()

    def show_feature_map(self, channel: int, image: NDArray[np.float32]) -> None:
        """Ignore what the Prune page hovers: the inspector computes its own maps."""

    @Slot(str)
    def _on_layer_opened(self, name: str) -> None:
        """Show the Prune page for a layer that is pruned by now."""
        if name in self._session.settings.layer.names:
            self.page_requested.emit("prune")

    @Slot(str)
    def _on_current_changed(self, name: str) -> None:
        """Show the channels of the layer in the focus, if they are seen; else the selected channel stays."""
        if self.network_panel.inspector.isVisible():
            self.channels.choice.follow_layer(name)

    @Slot(str, bool, bool)
    def _on_layer_chosen(self, name: str, _is_added: bool, _is_certain: bool) -> None:
        self.channels.choice.follow_layer(name)

    @Slot(str)
    def _on_layer_inspected(self, name: str) -> None:
        self.channels.choice.follow_layer(name)
        self.network_panel.show_tab("Channel")

    @Slot()
    def _on_inspect_requested(self) -> None:
        self.page_requested.emit(self.key)
        self.network_panel.show_tab("Channel")
