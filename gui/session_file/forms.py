"""What the forms of the Repair and the Detect page show, and how it is put back; that of Prune is in the state."""

from dataclasses import replace

from core.errors import InspectorError
from gui.detect.form import DetectForm
from gui.repair.form import RepairForm
from gui.session_file.records import StoredForms


def take_forms(repair: RepairForm, detect: DetectForm) -> StoredForms:
    """Return what the forms show, whether it was run or not."""
    return StoredForms(
        repair=replace(repair.settings, suspects=()),
        suspects=repair.suspects_field.text(),
        detectors=tuple(box.detector for box in detect.boxes if box.box.isChecked()),
        classes=detect.class_choice.text(),
        seed=detect.seed_field.number,
    )


def put_forms_back(stored: StoredForms, repair: RepairForm, detect: DetectForm) -> None:
    """Show in the forms what was stored; fields of earlier sessions, which have none of it, stay as they are.

    The network must be open, so that its layers can be ticked.
    """
    if stored.repair is not None:
        repair.choose_method(stored.repair.method)
        _put_numbers(stored, repair)
        repair.suspects_field.setText(stored.suspects)
    if stored.detectors is not None:
        for box in detect.boxes:
            box.box.setChecked(box.detector in stored.detectors)
        detect.class_choice.setText(stored.classes)
        detect.seed_field.setValue(stored.seed)


def _put_numbers(stored: StoredForms, form: RepairForm) -> None:
    settings = stored.repair
    assert settings is not None
    form.threshold_field.setValue(100 * settings.threshold)
    form.epochs_field.setValue(settings.epochs)
    form.rate_field.setValue(settings.learning_rate)
    form.held_out_field.setValue(100 * settings.held_out_share)
    form.seed_field.setValue(settings.seed)
    form.false_alarm_field.setValue(100 * settings.false_alarm_rate)
    try:
        form.more.show_choices(settings.choices)
    except (InspectorError, KeyError, TypeError, ValueError):
        form.more.show_method(settings.method)  # settings that this version does not have
    form.layer_list.tick_set(settings.layers)
    if settings.tensor is not None:
        form.tensor_combo.setCurrentIndex(form.tensor_combo.findData(settings.tensor))
