"""All convolutions pruned together: chosen, run, moved along, saved, and left again, with a stand-in for the engine."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from core.channels import ALL_LAYERS, LayerSet
from core.order.orders.index import INDEX
from gui.prune.form import NO_READER, PruneForm
from gui.shell.wiring import WindowWiring
from gui.state.pruning_run import Settings
from gui.state.session import Role, Session

CHANNEL_COUNT = 10  # conv_b's 4, then conv_a's 6


def choose_layer(form: PruneForm, name: str) -> None:
    """As the person does."""
    index = form.layer_combo.findData(name)
    assert index >= 0
    form.layer_combo.setCurrentIndex(index)
    form.layer_combo.activated.emit(index)


@pytest.fixture
def form(wiring: WindowWiring) -> PruneForm:
    return wiring.pages["prune"].form


@pytest.fixture
def all_run(wiring: WindowWiring, driver: Any, form: PruneForm) -> WindowWiring:
    """The window with a whole run over all convolutions on it."""
    driver.open_all()
    choose_layer(form, "all")
    wiring.pages["prune"].control.start()
    driver.settle()
    return wiring


def test_they_are_offered_last_and_not_chosen_by_themselves(wiring: WindowWiring, driver: Any, form: PruneForm) -> None:
    driver.open_all()
    combo = form.layer_combo
    assert [combo.itemData(place) for place in range(combo.count())] == ["conv_a", "conv_b", "all"]
    assert combo.itemText(2) == "All convolutions · 10"
    assert "conv_a and conv_b in one order" in combo.itemData(2, Qt.ItemDataRole.ToolTipRole)
    assert combo.currentData() == "conv_a"


def test_they_are_not_offered_where_there_is_one(wiring: WindowWiring, driver: Any) -> None:
    wiring.open_file(Role.MODEL, Path("single.h5"))
    driver.settle()
    assert not any(layer.parts for layer in wiring.session.layers)


def test_a_convolution_that_is_called_all_is_told_apart_from_all_of_them(
    wiring: WindowWiring, driver: Any, form: PruneForm
) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    network = wiring.session.network
    assert network is not None
    first, second = network.summary.layers
    layers = (replace(first, name="all"), second)
    session = Session()
    session.set_files(
        replace(network, summary=replace(network.summary, layers=layers)),
        validation=None,
        test=None,
        poisoned=(),
        unlabelled=None,
    )
    form.show_layers(session.offered_layers, session.settings)
    chosen: list[LayerSet] = []
    form.settings_chosen.disconnect()  # the window has another network open
    form.settings_chosen.connect(lambda settings: chosen.append(settings.layer))
    choose_layer(form, "all,conv_b")
    form.show_layers(session.offered_layers, Settings(layer=ALL_LAYERS))
    choose_layer(form, "all")
    assert chosen == [ALL_LAYERS, LayerSet.of("all")]


def test_one_reader_cannot_be_chosen_and_it_is_said_why(wiring: WindowWiring, driver: Any, form: PruneForm) -> None:
    driver.open_all()
    wiring.pages["prune"].control.choose_settings(Settings(layer=LayerSet.of("conv_a"), reader="dense"))
    choose_layer(form, "all")
    assert wiring.session.settings == Settings(layer=ALL_LAYERS)
    assert not form.reader_combo.isEnabled()
    assert form.reader_combo.count() == 1
    assert form.reader_combo.toolTip() == form.reader_note.text() == NO_READER
    form.set_running(True)
    form.set_running(False)
    assert not form.reader_combo.isEnabled()
    assert form.order_combo.isEnabled()
    choose_layer(form, "conv_a")
    assert form.reader_combo.isEnabled()
    assert form.reader_combo.toolTip() != NO_READER
    assert form.reader_note.text() == "conv_a is read by conv_b and dense"


def test_a_run_fills_every_panel_with_all_channels(all_run: WindowWiring, driver: Any, engine: Any) -> None:
    assert engine.started[-1] == "run all output ascending"
    prune, session = all_run.pages["prune"], all_run.session
    assert session.is_whole
    assert session.run is not None
    assert session.run.last_step == CHANNEL_COUNT
    assert session.step == 2
    assert prune.channels.chart.count == CHANNEL_COUNT
    assert prune.channels.legend.text() == "8 kept, 2 pruned, next: conv_b 2, 1 dead"
    assert prune.curves.readout.title.text() == "2 pruned, 8 left"
    assert prune.curves.bypass_notice.text() == ""
    assert driver.live_row()[0] == "8"
    assert session.step_text == "2 of 10 channels pruned"
    all_run.pages["prune"].control.go_to(CHANNEL_COUNT)
    assert prune.channels.legend.text() == "0 kept, 10 pruned, 1 dead"


def test_other_layers_and_back_at_the_same_step(all_run: WindowWiring, driver: Any, form: PruneForm) -> None:
    first = all_run.session.run
    all_run.pages["prune"].control.go_to(7)
    choose_layer(form, "conv_a")
    assert all_run.session.run is None
    assert all_run.pages["prune"].curves.empty_label.text().endswith("Settings changed: press Run.")
    all_run.pages["prune"].control.start()
    driver.settle()
    assert all_run.pages["prune"].channels.chart.count == 6
    choose_layer(form, "all")
    assert all_run.session.run is first
    assert all_run.pages["prune"].channels.chart.count == CHANNEL_COUNT
    all_run.pages["prune"].control.choose_settings(replace(all_run.session.settings, order=INDEX))
    assert all_run.session.run is None
    assert form.layer_combo.currentData() == "all"
    assert not form.reader_combo.isEnabled()


def test_another_model_keeps_the_choice_where_it_can(all_run: WindowWiring, driver: Any, form: PruneForm) -> None:
    all_run.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    assert form.layer_combo.currentData() == "all"
    assert all_run.session.run is None
    all_run.open_file(Role.MODEL, Path("single.h5"))
    driver.settle()
    assert form.layer_combo.currentData() == "conv_a"
    assert form.reader_combo.isEnabled()


def test_networks_and_exports_are_saved_as_of_one_layer(
    all_run: WindowWiring, driver: Any, engine: Any, dialog: Any, tmp_path: Path
) -> None:
    all_run.pages["prune"].control.go_to(6)
    dialog.prepare("ask_save", (tmp_path / "g.keras", True), (tmp_path / "curve.csv", True))
    all_run.pages["prune"].save.save_network("repaired")
    driver.settle()
    assert engine.saved == [(True, [False] * 6 + [True] * 4, tmp_path / "g.keras", True)]
    assert dialog.calls[-1][1]["suggestion"].name == "net_repaired_6.keras"
    all_run.pages["prune"].save.export("csv")
    driver.settle()
    assert engine.exported == [("csv", tmp_path / "curve.csv")]


def test_a_click_is_a_job_with_progress_that_can_be_stopped(all_run: WindowWiring, driver: Any, engine: Any) -> None:
    prune = all_run.pages["prune"]
    prune.channels.channel_toggled.emit(9)
    driver.settle()
    assert engine.scored[-1] == [False] * 2 + [True] * 7 + [False]
    scored, point = all_run.session.hand_mask, all_run.session.point
    assert point is not None
    engine.is_score_held = True
    prune.channels.channel_toggled.emit(4)
    driver.wait_until(lambda: all_run.status.stage_text == "Scoring …")
    assert prune.form.cancel_button.isEnabled()
    assert prune.curves.readout.rows[0].evidence.text() == "being scored …"
    prune.form.cancel_button.click()
    driver.settle()
    assert all_run.session.hand_mask is scored
    assert all_run.session.point is point
    assert all_run.panels.messages.text.startswith("Stopped")
    assert prune.curves.readout.title.text() == "By hand: 3 pruned"
    engine.is_score_held = False
    prune.channels.channel_toggled.emit(9)
    driver.settle()
    assert engine.scored[-1] == [False] * 2 + [True] * 8


def test_stopping_the_first_click_goes_back_to_the_order(all_run: WindowWiring, driver: Any, engine: Any) -> None:
    engine.is_score_held = True
    for channel in (9, 8):
        all_run.pages["prune"].channels.channel_toggled.emit(channel)
    driver.wait_until(lambda: all_run.status.stage_text == "Scoring …")
    all_run.menus.cancel.trigger()
    driver.settle()
    assert not all_run.session.is_by_hand
    assert not all_run.menus.actions["prune", "restore"].isEnabled()
    assert all_run.session.step == all_run.pages["prune"].curves.chart.cursor_step == 2
    assert engine.scored == []


def test_going_back_to_the_order_while_a_mask_is_scored_says_nothing(
    all_run: WindowWiring, driver: Any, engine: Any
) -> None:
    engine.is_score_held = True
    all_run.pages["prune"].channels.channel_toggled.emit(9)
    driver.wait_until(lambda: all_run.status.stage_text == "Scoring …")
    all_run.pages["prune"].channels.restore_requested.emit()
    all_run.pages["prune"].control.go_to(5)
    all_run.runner.cancel()
    driver.settle()
    assert all_run.panels.messages.text == ""
    assert all_run.session.step == 5
