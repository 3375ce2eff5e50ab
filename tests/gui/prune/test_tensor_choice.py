"""The tensor is offered where a batch normalization follows the activation; a stand-in engine runs with it."""

from pathlib import Path
from typing import Any

import pytest

from core.channels import ALL_LAYERS, ChannelTensor, LayerSet, PrunableLayer
from core.order.orders.registry import ORDERS
from core.repair.methods.registry import METHODS
from core.words import tensor_words
from gui.prune import jobs
from gui.prune.control import prune_inputs
from gui.prune.form import PruneForm
from gui.shell.wiring import WindowWiring
from gui.state.session import StartFiles
from gui.theme.formatting import layer_tip, ranking_text
from tests.gui.stand_in_figures import make_ranking

ACTIVATION, NORMALIZATION = ChannelTensor.ACTIVATION, ChannelTensor.NORMALIZATION


@pytest.fixture
def form(wiring: WindowWiring, driver: Any) -> PruneForm:
    """A network is open whose `conv_b` has a normalization behind its activation, and whose `conv_a` has none."""
    wiring.open_start_files(StartFiles(Path("normed.h5"), Path("v.h5"), None, (Path("p.h5"),)))
    driver.settle()
    return wiring.pages["prune"].form


def choose(combo: Any, data: object) -> None:
    """As the person does."""
    place = combo.findData(data)
    assert place >= 0
    combo.setCurrentIndex(place)
    combo.activated.emit(place)


def is_offered(form: Any) -> bool:
    assert form.tensor_combo.isHidden() == form._tensor_label.isHidden()
    return not form.tensor_combo.isHidden()


def test_it_is_offered_for_layers_with_a_choice_only(form: PruneForm, wiring: WindowWiring) -> None:
    choose(form.layer_combo, "conv_a")
    assert not is_offered(form)
    choose(form.layer_combo, "conv_b")
    assert is_offered(form)
    texts = [form.tensor_combo.itemText(place) for place in range(form.tensor_combo.count())]
    assert texts == ["behind the activation", "behind the normalization"]
    assert form.tensor_combo.tensor is ACTIVATION
    choose(form.layer_combo, "all")
    assert is_offered(form)
    assert wiring.session.settings.layer == ALL_LAYERS


def test_a_run_uses_it_and_is_found_again(form: PruneForm, wiring: WindowWiring, driver: Any) -> None:
    session = wiring.session
    choose(form.layer_combo, "conv_b")
    form.start_button.click()
    driver.settle()
    first = session.run
    assert first is not None
    assert first.settings.tensor is ACTIVATION
    choose(form.tensor_combo, NORMALIZATION)
    assert session.run is None
    inputs = prune_inputs(session)
    assert isinstance(inputs, jobs.PruneInputs)
    assert inputs.evaluation.network.layer("conv_b").tensor is NORMALIZATION
    form.start_button.click()
    driver.settle()
    assert session.run is not None
    assert session.run.settings.tensor is NORMALIZATION
    choose(form.tensor_combo, ACTIVATION)
    assert session.run is first
    choose(form.tensor_combo, NORMALIZATION)
    choose(form.layer_combo, "conv_a")
    assert session.settings.tensor is NORMALIZATION  # kept for layers where it matters
    assert session.effective_settings.tensor is ACTIVATION
    choose(form.layer_combo, "conv_b")
    assert form.tensor_combo.tensor is NORMALIZATION


def test_it_cannot_be_changed_while_a_run_is_in_progress(form: PruneForm, wiring: WindowWiring) -> None:
    choose(form.layer_combo, "conv_b")
    form.set_running(True)
    assert not form.tensor_combo.isEnabled()
    form.set_running(False)
    assert form.tensor_combo.isEnabled()


def test_a_repair_has_its_own(form: PruneForm, wiring: WindowWiring) -> None:
    repair = wiring.pages["repair"].form
    repair.choose_method(METHODS.get("prune"))
    repair.layer_list.tick(("conv_a",))
    assert not is_offered(repair)
    assert repair.settings.tensor is None
    repair.layer_list.tick(("conv_b",))
    assert is_offered(repair)
    choose(repair.tensor_combo, NORMALIZATION)
    assert repair.settings.tensor is NORMALIZATION
    assert repair.settings.text == "conv_b behind the normalization up to 4 points"
    choose(form.layer_combo, "conv_b")
    choose(form.tensor_combo, NORMALIZATION)
    assert repair.layer_list.layers == LayerSet.of("conv_b")  # the ticks are kept
    choose(form.tensor_combo, ACTIVATION)
    assert repair.settings.tensor is NORMALIZATION
    repair.choose_method(METHODS.get("finetune"))
    assert not is_offered(repair)
    assert repair.settings.tensor is None


def test_panels_name_it(form: PruneForm, wiring: WindowWiring) -> None:
    page = wiring.pages["prune"]
    layer = PrunableLayer("conv_b", "pool_b", 6, (), tensor=NORMALIZATION)
    ranking = make_ranking(ORDERS.get("ascending"), layer=layer)
    assert ranking_text(ranking).startswith("mean activation of conv_b behind the normalization · 6 channels")
    assert layer_tip(layer) == "measured at pool_b behind the normalization; read by nobody"
    page.curves.begin(6, (), place=tensor_words(layer))
    assert page.curves.body.bar.axis_label.text() == "channels pruned behind the normalization"
    page.channels.detail.show_layer(ranking)
    assert page.channels.detail.lines[0].text() == "behind the normalization"
    together = PrunableLayer.together((PrunableLayer("conv_a", "conv_a", 6, ()), layer), is_all=True)
    text = ranking_text(make_ranking(ORDERS.get("ascending"), layer=together))
    assert text.startswith("activation behind the normalization in shares of each layer's largest · 12 channels")
    page.curves.begin(6, ())
    assert page.curves.body.bar.axis_label.text() == "channels pruned"
