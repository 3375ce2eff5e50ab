"""What a person chose in place of a method's own settings of refitting; no Keras."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from core.errors import DatasetError
from core.refit.records import Augmentation, Optimizer, RefitSettings
from core.repair.methods import Method

NO_AUGMENTATION = Augmentation(shift=0.0, light=0.0, is_mirrored=False, turn=0.0, zoom=0.0)
OF_ALL_PLANS = frozenset({"batch_size", "held_out_share", "is_augmented", "is_mirrored"})
"""What `Method.AUTO` takes: how long, how fast and by which loss its plans train is theirs."""


@dataclass(frozen=True, slots=True)
class RefitChoices:
    """Settings by the names they have in `RefitSettings`; None leaves the method's own.

    Attributes:
        epochs: as in `RefitSettings`; so is every other setting not listed here.
        is_augmented: whether images vary as the method says; False leaves all of it out, mirroring too.
        is_mirrored: whether half of the images are mirrored, whatever the rest.
    """

    epochs: int | None = None
    least_steps: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    optimizer: Optimizer | None = None
    held_out_share: float | None = None
    is_augmented: bool | None = None
    is_mirrored: bool | None = None
    distillation_weight: float | None = None
    temperature: float | None = None
    rollback_margin: float | None = None

    @property
    def given(self) -> Mapping[str, Any]:
        """What was chosen, by name, in the order of the fields."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return MappingProxyType({name: value for name, value in values.items() if value is not None})

    def put_on(self, usual: RefitSettings) -> RefitSettings:
        """The settings with what was chosen in place of theirs.

        Raises:
            DatasetError: a value is out of its range, or does not go with the others.
        """
        plain = {name: value for name, value in self.given.items() if name not in ("is_augmented", "is_mirrored")}
        augmentation = NO_AUGMENTATION if self.is_augmented is False else usual.augmentation
        if self.is_mirrored is not None:
            augmentation = replace(augmentation, is_mirrored=self.is_mirrored)
        return replace(usual, augmentation=augmentation, **plain)

    @classmethod
    def between(cls, usual: RefitSettings, settings: RefitSettings) -> "RefitChoices":
        """What has to be chosen to come from a method's own settings to others."""
        differing = {
            each.name: getattr(settings, each.name)
            for each in fields(cls)
            if hasattr(usual, each.name) and getattr(settings, each.name) != getattr(usual, each.name)
        }
        start, end = usual.augmentation, settings.augmentation
        if is_varied(start) and not is_varied(end):
            differing["is_augmented"] = False
            start = NO_AUGMENTATION
        if end.is_mirrored != start.is_mirrored:
            differing["is_mirrored"] = end.is_mirrored
        return cls(**differing)


def is_varied(augmentation: Augmentation) -> bool:
    """Whether images vary otherwise than by mirroring."""
    return replace(augmentation, is_mirrored=False) != NO_AUGMENTATION


def useful_to(method: Method) -> frozenset[str]:
    """Names of the choices that a method has a use for."""
    if method.is_choosing:
        return OF_ALL_PLANS
    return frozenset(each.name for each in fields(RefitChoices)) if method.is_refitting else frozenset()


def check_distillation(method: Method, settings: RefitSettings, choices: RefitChoices, *, has_more: bool) -> None:
    """Check that what was chosen of distillation is of use.

    Args:
        method: how it is repaired.
        settings: with the choices put on.
        choices: what was chosen.
        has_more: whether there are images without labels.

    Raises:
        DatasetError: something needs a distillation weight above 0, and there is none.
    """
    if settings.distillation_weight or not method.is_refitting or method.is_choosing:
        return
    if has_more:
        raise DatasetError(
            "images without labels help only by B's answers, but the distillation weight is 0.",
            code="training-setting",
        )
    if choices.temperature is not None:
        raise DatasetError(
            f"the temperature softens B's answers, and {method.value} learns nothing from them: choose a distillation "
            f"weight above 0, too.",
            code="training-setting",
        )
