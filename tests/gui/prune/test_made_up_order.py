"""One object and one line are enough: the form offers a made-up order."""

import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.channels import LayerSet, PrunableLayer
from core.order.orders.registry import ORDERS
from core.order.ranking import Ranking
from gui.prune.channel_detail import ChannelDetail
from gui.prune.form import PruneForm
from gui.state.pruning_run import Settings
from tests.made_up import ALTERNATING


def test_the_form_offers_it(qtbot: QtBot) -> None:
    with ORDERS.with_added(ALTERNATING):
        form = PruneForm()
        qtbot.addWidget(form)
        form.show_layers((PrunableLayer("conv", "conv", 4, ()),), Settings(layer=LayerSet.of("conv")))
        row = form.order_combo.findData("alternating")
        assert form.order_combo.itemText(row) == "every other first"
        assert form.order_combo.itemData(row, Qt.ItemDataRole.ToolTipRole) == ALTERNATING.help
        with qtbot.waitSignal(form.settings_chosen) as chosen:
            form.order_combo.setCurrentIndex(row)
            form.order_combo.activated.emit(row)
        assert chosen.args == [Settings(layer=LayerSet.of("conv"), order=ALTERNATING)]


def test_the_panel_of_channels_says_it(qtbot: QtBot) -> None:
    detail = ChannelDetail()
    qtbot.addWidget(detail)
    values = np.arange(4.0)
    layer = PrunableLayer("conv", "conv", 4, ())
    detail.show_layer(Ranking(layer, values, values.copy(), np.array([1, 3, 0, 2]), ALTERNATING, 9, 9))
    assert "odd channels first" in [each.text() for each in detail.lines]
