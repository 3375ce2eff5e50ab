"""The settings as the report tells them: each of them, and as it was typed."""

from dataclasses import fields, replace
from typing import Any

import pytest

from core.order.anp_settings import AnpSettings
from core.refit.records import Augmentation, Corruption, Mixing, Occlusion, Optimizer, RefitSettings, TeacherImages
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from core.report.repair.settings_text import augmentation_text, mask_rows, refit_rows, rows_text

OTHERS: dict[str, Any] = {
    "optimizer": Optimizer.SGD,
    "augmentation": Augmentation(zoom=0.2),
    "teacher_images": TeacherImages.PLAIN,
    "mixing": Mixing(cutmix=0.1),
    "occlusion": Occlusion(count=2),
    "corruption": Corruption(waves=0.01),
    "temperature": 2.5,
    "stamped_share": 0.5,
    "mask_threshold": 0.2,
}


@pytest.mark.parametrize("name", [each.name for each in fields(RefitSettings)])
def test_no_setting_of_training_is_left_out(name: str) -> None:
    settings = replace(OCCLUSION.default_settings(), distillation_weight=0.9)
    value = getattr(settings, name)
    other = OTHERS.get(name, 0.25 if isinstance(value, float) else value if name in OTHERS else value + 1)
    changed = replace(settings, **{name: other})
    differing = [one for one, two in zip(refit_rows(settings), refit_rows(changed), strict=True) if one != two]
    assert len(differing) == 1


@pytest.mark.parametrize("part", ["augmentation", "mixing", "occlusion", "corruption"])
def test_nothing_of_what_is_done_to_images_is_left_out(part: str) -> None:
    settings = replace(OCCLUSION.default_settings(), corruption=Corruption())
    value = getattr(settings, part)
    others: dict[str, Any] = {"is_mirrored": False, "count": 5, "occlusion": Occlusion(count=2), "colours": 0.02}
    others |= dict.fromkeys(("area", "opacity", "amplitude", "displacement"), (0.1, 0.2))
    for each in fields(value):
        old = getattr(value, each.name)
        new = others.get(each.name, 0.22)
        assert new != old
        changed = replace(settings, **{part: replace(value, **{each.name: new})})
        assert refit_rows(changed) != refit_rows(settings), each.name


@pytest.mark.parametrize("name", [each.name for each in fields(AnpSettings)])
def test_no_setting_of_the_masks_is_left_out(name: str) -> None:
    value = getattr(AnpSettings(), name)
    other = OTHERS.get(name, 0.25 if isinstance(value, float) else (value or 0) + 1)
    assert mask_rows(replace(AnpSettings(), **{name: other})) != mask_rows(AnpSettings())


def test_what_is_off_says_so_and_rates_are_as_typed() -> None:
    plain = Augmentation(shift=0, light=0, is_mirrored=False)
    rows = dict(refit_rows(replace(FINETUNE.default_settings(), augmentation=plain, rollback_margin=0.07)))
    assert rows["augmentation"] == rows["mixed images"] == rows["patches"] == "none"
    assert rows["held out"] == "20 % of the validation images"
    assert rows["returns to the best epoch after a drop of"] == "7 points"
    assert augmentation_text(Augmentation()) == "mirrored, shifted by up to 4 %, brightness changed by up to 10 %"
    assert rows_text("Training", (("epochs", "3"), ("seed", "0"))) == "Training: epochs 3; seed 0."
