"""What every repair method has to have, whoever adds it."""

import subprocess
import sys
from dataclasses import fields

import pytest

from core.refit.records import RefitSettings
from core.registry.setting import Part
from core.repair.choices import RefitChoices
from core.repair.method import RepairMethod
from core.repair.methods.registry import DEFAULT_METHOD, METHODS, all_settings, methods_with


def test_names_are_those_of_commands_and_files() -> None:
    # Those that people have in scripts and files; a new one need not be added here.
    assert set(METHODS.names) >= {"auto", "occlusion", "anp", "prune", "finetune", "fine-pruning", "ft-sam"}
    assert DEFAULT_METHOD.name == "auto"
    assert len({each.title for each in METHODS}) == len(METHODS)


@pytest.mark.parametrize("method", list(METHODS), ids=str)
def test_a_method_says_what_it_is(method: RepairMethod) -> None:
    assert method.title and method.help.endswith(".")
    assert len(method.setting_names) == len(method.settings)
    assert method in methods_with(method.settings[0].name) if method.settings else True
    if method.plans:
        assert not method.is_choosing


def test_settings_of_training_are_those_of_the_record() -> None:
    known = {each.name for each in fields(RefitSettings)} | {"is_mirrored", "is_augmented"}
    taken = {each.name for each in all_settings() if each.part is Part.TRAINING}
    assert taken <= known
    assert taken == {each.name for each in fields(RefitChoices)} - {"others"}


def test_settings_have_words_and_ranges() -> None:
    settings = all_settings()
    for each in settings:
        assert each.label and each.help and not each.help.endswith(".")
        assert each.option.startswith("--")
        if each.kind in (int, float):
            assert each.lowest is not None
    assert len({each.option for each in settings}) == len({each.name for each in settings}) == len(settings)


def test_it_is_listed_without_keras() -> None:
    code = "import sys, core.repair.methods.registry; print([m for m in ('keras', 'tensorflow') if m in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
