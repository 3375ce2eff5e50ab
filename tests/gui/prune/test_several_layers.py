"""Several convolutions pruned as one: ticked, run, left and found again, refused, with a stand-in for the engine."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.channels import LayerSet
from core.order.orders.index import INDEX
from gui.prune.form import NO_READER, SEVERAL, PruneForm
from gui.prune.layer_choice import ALONE, NONE_SELECTED, LayerChoice
from gui.shell.wiring import WindowWiring
from gui.state.pruning_run import Settings
from gui.state.session import Role, StartFiles

SET = "conv_a,conv_c"
CHOSEN = LayerSet.of("conv_a", "conv_c")
CHANNEL_COUNT = 9  # conv_c's 3, then conv_a's 6


@pytest.fixture
def form(wiring: WindowWiring, driver: Any) -> PruneForm:
    """A network with three convolutions is open."""
    wiring.open_start_files(StartFiles(Path("deep.h5"), Path("v.h5"), None, (Path("p.h5"),)))
    driver.settle()
    return wiring.pages["prune"].form


@pytest.fixture
def choice(form: PruneForm) -> LayerChoice:
    """The box, open."""
    open_choice(form)
    assert form.layer_choice.isVisible()
    return form.layer_choice


def open_choice(form: PruneForm) -> None:
    """As the person does."""
    place = form.layer_combo.findText(SEVERAL)
    form.layer_combo.setCurrentIndex(place)
    form.layer_combo.activated.emit(place)


def tick(choice: LayerChoice, *names: str) -> None:
    """Tick these and no others, with clicks on the list's boxes."""
    for place in range(choice.list.count()):
        item = choice.list.item(place)
        is_ticked = item.data(Qt.ItemDataRole.UserRole) in names
        item.setCheckState(Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked)


def take(form: PruneForm, *names: str) -> None:
    """Choose a set."""
    open_choice(form)
    tick(form.layer_choice, *names)
    form.layer_choice.choose_button.click()


def offered(form: PruneForm) -> list[str]:
    return [form.layer_combo.itemText(place) for place in range(form.layer_combo.count())]


def test_the_entry_opens_a_box_and_chooses_nothing_by_itself(
    form: PruneForm, wiring: WindowWiring, choice: LayerChoice
) -> None:
    assert offered(form)[-2:] == ["All convolutions · 13", SEVERAL]
    assert form.layer_combo.currentData() == "conv_a"
    assert wiring.session.settings.layer == LayerSet.of("conv_a")
    assert choice.selected == ("conv_a",)
    assert choice.note.text() == ALONE
    assert choice.list.hasFocus()
    assert choice.list.accessibleName()
    QTest.keyClick(choice.list, Qt.Key.Key_Escape)
    assert not choice.isVisible()
    assert wiring.session.settings.layer == LayerSet.of("conv_a")


@pytest.mark.parametrize("name", ["net.h5", "single.h5"])
def test_there_is_no_entry_where_each_set_is_one_or_all(
    form: PruneForm, wiring: WindowWiring, driver: Any, name: str
) -> None:
    wiring.open_file(Role.MODEL, Path(name))
    driver.settle()
    assert SEVERAL not in offered(form)


def test_a_set_is_an_entry_of_its_own_and_stays_one(form: PruneForm, wiring: WindowWiring) -> None:
    take(form, "conv_a", "conv_c")
    combo = form.layer_combo
    assert wiring.session.settings == Settings(layer=CHOSEN)
    assert combo.currentData() == SET
    assert offered(form)[-2:] == ["conv_a + conv_c · 9", SEVERAL]
    assert combo.toolTip().startswith("conv_a and conv_c in one order")
    assert not form.reader_combo.isEnabled()
    assert form.reader_note.text() == NO_READER
    place = combo.findData("conv_b")
    combo.setCurrentIndex(place)
    combo.activated.emit(place)
    assert wiring.session.settings.layer == LayerSet.of("conv_b")
    assert form.reader_combo.isEnabled()
    assert not combo.toolTip().startswith("conv_")
    assert combo.findData(SET) >= 0
    open_choice(form)
    assert form.layer_choice.selected == ("conv_a", "conv_c")


def test_another_order_leaves_the_set(form: PruneForm, wiring: WindowWiring) -> None:
    take(form, "conv_a", "conv_c")
    place = form.order_combo.findData("index")
    form.order_combo.setCurrentIndex(place)
    form.order_combo.activated.emit(place)
    assert wiring.session.settings == Settings(layer=CHOSEN, order=INDEX)


def test_keys_alone_choose_a_set(form: PruneForm, wiring: WindowWiring, choice: LayerChoice) -> None:
    QTest.keyClick(choice.list, Qt.Key.Key_Space)  # conv_c, the deepest, comes first
    QTest.keyClick(choice.list, Qt.Key.Key_Return)
    assert not choice.isVisible()
    assert wiring.session.settings.layer == CHOSEN
    open_choice(form)
    for _ in range(2):
        choice.focusNextChild()
    assert choice.cancel_button.hasFocus()
    QTest.keyClick(choice.list, Qt.Key.Key_Space)
    QTest.keyClick(choice.cancel_button, Qt.Key.Key_Return)
    assert wiring.session.settings.layer == CHOSEN
    assert not choice.isVisible()


@pytest.mark.parametrize(("names", "layer"), [(("conv_b",), "conv_b"), (("conv_a", "conv_b", "conv_c"), "all")])
def test_one_is_that_layer_and_every_one_is_all(
    form: PruneForm, wiring: WindowWiring, names: tuple[str, ...], layer: str
) -> None:
    take(form, *names)
    assert wiring.session.settings.layer.text == form.layer_combo.currentData() == layer
    assert len(offered(form)) == 5
    open_choice(form)
    assert form.layer_choice.selected == names


def test_none_is_refused_with_a_note(wiring: WindowWiring, choice: LayerChoice) -> None:
    height = choice.list.height()
    tick(choice)
    assert choice.list.height() == height
    assert choice.note.height() >= choice.note.heightForWidth(choice.note.width())
    assert choice.note.text() == choice.choose_button.toolTip() == NONE_SELECTED
    assert not choice.choose_button.isEnabled()
    QTest.keyClick(choice.list, Qt.Key.Key_Return)
    assert choice.isVisible()
    assert wiring.session.settings.layer == LayerSet.of("conv_a")
    tick(choice, "conv_b", "conv_c")
    assert choice.note.text() == "2 layers, 7 channels"
    assert choice.choose_button.isEnabled()


def test_leaving_the_box_keeps_what_was_taken_last(form: PruneForm, choice: LayerChoice) -> None:
    tick(choice, "conv_a", "conv_c")
    choice.choose_button.click()
    open_choice(form)
    tick(choice, "conv_b")
    choice.cancel_button.click()
    open_choice(form)
    assert choice.selected == ("conv_a", "conv_c")


def test_nothing_is_chosen_while_a_job_runs(
    form: PruneForm, wiring: WindowWiring, driver: Any, engine: Any, choice: Any
) -> None:
    driver.start_run_that_waits(engine, 1)
    assert not choice.isVisible()
    assert not form.layer_combo.isEnabled()
    wiring.runner.cancel()
    driver.settle()
    assert form.layer_combo.isEnabled()


def test_a_run_of_a_set_fills_every_panel(
    form: PruneForm, wiring: WindowWiring, driver: Any, engine: Any, dialog: Any
) -> None:
    take(form, "conv_a", "conv_c")
    wiring.pages["prune"].control.start()
    driver.settle()
    assert engine.started[-1] == f"run {SET} output ascending"
    prune, session = wiring.pages["prune"], wiring.session
    assert session.run is not None
    first = session.run
    assert first.last_step == prune.channels.chart.count == CHANNEL_COUNT
    assert list(prune.channels.chart.row_names) == ["conv_c", "conv_a"]
    assert prune.channels.legend.text() == "7 kept, 2 pruned, next: conv_c 2, 1 dead"
    assert prune.channels.detail.title.text() == "conv_a + conv_c"
    assert prune.curves.readout.title.text() == "2 pruned, 7 left"
    assert driver.live_row()[0] == "7"
    prune.channels.channel_toggled.emit(8)
    driver.settle()
    assert engine.scored[-1] == [False] * 2 + [True] * 6 + [False]
    dialog.prepare("ask_save", (Path("r.html"), True))
    wiring.pages["prune"].save.export("report")
    driver.settle()
    assert engine.exported == [("report", Path("r.html"))]
    wiring.pages["compare"].additions.add_pruned()
    driver.settle()
    assert session.compared[0].name == "conv_a + conv_c, 3 pruned"
    assert session.compared[0].how == "conv_c, conv_a together: 3 of 9 channels pruned, by hand"
    take(form, "conv_b")
    assert session.run is None
    place = form.layer_combo.findData(SET)
    form.layer_combo.setCurrentIndex(place)
    form.layer_combo.activated.emit(place)
    assert session.run is first


@pytest.mark.parametrize(("name", "layer"), [("deep2.h5", SET), ("net.h5", "conv_a")])
def test_another_model_keeps_the_set_where_it_can(
    form: PruneForm, wiring: WindowWiring, driver: Any, name: str, layer: str
) -> None:
    take(form, "conv_a", "conv_c")
    wiring.open_file(Role.MODEL, Path(name))
    driver.settle()
    assert wiring.session.settings.layer.text == form.layer_combo.currentData() == layer
    assert (SET in offered_data(form)) == (layer == SET)


def test_a_closed_model_takes_the_set_with_it(form: PruneForm, wiring: WindowWiring, driver: Any) -> None:
    take(form, "conv_a", "conv_c")
    wiring.file_control.close_file(Role.MODEL, 0)
    assert wiring.session.several == ()
    assert form.layer_combo.count() == 0
    wiring.open_file(Role.MODEL, Path("deep.h5"))
    driver.settle()
    open_choice(form)
    assert form.layer_choice.selected == ("conv_a",)


def test_repairing_offers_single_layers_and_all(
    form: PruneForm, wiring: WindowWiring, driver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[int, str]] = []
    show: Callable[..., None] = wiring.pages["repair"].form.show_layers
    monkeypatch.setattr(
        wiring.pages["repair"].form,
        "show_layers",
        lambda layers, usual: (shown.append((len(layers), usual)), show(layers, usual)),
    )
    take(form, "conv_a", "conv_c")
    wiring.pages["repair"].control.update()
    assert shown[-1] == (4, "conv_c")


def test_layers_whose_names_cannot_be_told_apart_are_not_offered_as_a_set(
    form: PruneForm, wiring: WindowWiring
) -> None:
    layers = wiring.session.layers
    for name in ("conv_a,conv_c", " conv_b", ""):
        form.show_layers((replace(layers[0], name=name), *layers[1:]), Settings(layer=LayerSet.of("conv_b")))
        assert SEVERAL not in offered(form)


def offered_data(form: PruneForm) -> list[str]:
    return [form.layer_combo.itemData(place) for place in range(form.layer_combo.count())]
