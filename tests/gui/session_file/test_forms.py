"""What the forms show comes back, whether it was run or not."""

from dataclasses import replace

import pytest

from core.channels import LayerSet
from core.repair.choices import RefitChoices
from core.repair.method import RepairMethod
from core.repair.methods.prune import PRUNE
from core.repair.methods.registry import METHODS
from gui.detect.form import DetectForm
from gui.repair.form import RepairForm
from gui.session_file.forms import put_forms_back, take_forms
from gui.session_file.records import StoredForms
from gui.shell.wiring import WindowWiring
from gui.widgets.combo import ElidedCombo
from gui.widgets.number_field import NumberField
from tests.gui.window_driver import Driver


def change_all(form: RepairForm) -> None:
    """Change every field that the method uses, as a person may."""
    form.threshold_field.setValue(7.5)
    form.epochs_field.setValue(13)
    form.rate_field.setValue(0.003)
    form.held_out_field.setValue(31)
    form.seed_field.setValue(77)
    form.false_alarm_field.setValue(2.5)
    for name, each in form.more.fields.items():
        if name not in form.method.setting_names:
            continue
        widget = each.widget
        if isinstance(widget, NumberField):
            widget.setValue(widget.value() + widget.singleStep())
        elif isinstance(widget, ElidedCombo):
            widget.setCurrentIndex(widget.count() - 1)
        else:
            widget.toggle()


@pytest.mark.parametrize("method", list(METHODS), ids=lambda method: method.name)
def test_every_setting_of_every_method_comes_back(wiring: WindowWiring, driver: Driver, method: RepairMethod) -> None:
    driver.open_all()
    repair, detect = wiring.pages["repair"].form, wiring.pages["detect"].form
    assert isinstance(repair, RepairForm)
    assert isinstance(detect, DetectForm)
    repair.choose_method(method)
    change_all(repair)
    repair.suspects_field.setText("3, 4, oops")
    detect.boxes[0].box.setChecked(False)
    detect.class_choice.setText("1, 2")
    detect.seed_field.setValue(9)
    stored = take_forms(repair, detect)
    assert stored.repair is not None
    assert stored.repair.epochs == 13
    repair.choose_method(next(each for each in METHODS if each is not method))
    repair.suspects_field.clear()
    detect.boxes[0].box.setChecked(True)
    detect.class_choice.clear()
    detect.seed_field.setValue(0)
    put_forms_back(stored, repair, detect)
    assert take_forms(repair, detect) == stored
    assert (repair.method, repair.suspects_field.text()) == (method, "3, 4, oops")
    assert not detect.boxes[0].box.isChecked()
    assert detect.settings.classes == (1, 2)


def test_older_sessions_and_wrong_values_leave_the_forms_usable(wiring: WindowWiring, driver: Driver) -> None:
    driver.open_all()
    repair, detect = wiring.pages["repair"].form, wiring.pages["detect"].form
    assert isinstance(repair, RepairForm)
    assert isinstance(detect, DetectForm)
    repair.choose_method(PRUNE)
    before = take_forms(repair, detect)
    put_forms_back(StoredForms(), repair, detect)
    assert take_forms(repair, detect) == before
    assert before.repair is not None
    ticked = repair.layer_list.layers
    method = next(each for each in METHODS if each.is_pruning and each.is_refitting)
    for choices in (
        RefitChoices(batch_size=-4),
        RefitChoices(others=(("mask_threshold", "all"),)),
        RefitChoices(others=(("nothing_known", 1),)),
    ):
        wrong = replace(before.repair, method=method, choices=choices, layers=LayerSet(("gone",)))
        put_forms_back(replace(before, repair=wrong), repair, detect)
        assert repair.method is method
        assert repair.layer_list.layers == ticked
        assert repair.more.choices == RefitChoices()
