"""Settings that a person chose instead of a method's defaults; no Keras."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from core.errors import DatasetError
from core.refit.records import Augmentation, Optimizer, RefitSettings
from core.registry.setting import Part, Setting

if TYPE_CHECKING:  # methods import their settings, not the other way round
    from core.repair.method import RepairMethod

NO_AUGMENTATION = Augmentation(shift=0.0, light=0.0, is_mirrored=False, turn=0.0, zoom=0.0)


@dataclass(frozen=True, slots=True)
class RefitChoices:
    """Chosen settings: those of training, named as in `RefitSettings`, and others; None keeps the method's default.

    Attributes:
        epochs: as in `RefitSettings`; so is every other setting not listed here.
        is_augmented: whether to augment images as the method does; False turns all of it off, including mirroring.
        is_mirrored: whether half of the images are mirrored, independent of the other augmentation.
        others: names and values of settings that do not belong to training.
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
    others: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, Any], settings: Iterable[Setting]) -> "RefitChoices":
        """Create choices from values by setting name; None means not chosen."""
        given = {each.name: each for each in settings if values.get(each.name) is not None}
        training = {name: values[name] for name, each in given.items() if each.part is Part.TRAINING}
        others = tuple((name, values[name]) for name, each in given.items() if each.part is not Part.TRAINING)
        return cls(**training, others=others)

    @property
    def training(self) -> Mapping[str, Any]:
        """The chosen settings of training by name, in the order of the fields."""
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "others"}
        return MappingProxyType({name: value for name, value in values.items() if value is not None})

    @property
    def given(self) -> Mapping[str, Any]:
        """All chosen settings by name."""
        return MappingProxyType({**self.training, **dict(self.others)})

    def own_value(self, setting: Setting) -> Any:
        """Return the value of a setting that does not belong to training: the chosen one, or its default."""
        return dict(self.others).get(setting.name, setting.default)

    def applied_to(self, usual: RefitSettings) -> RefitSettings:
        """Return the settings with the chosen values in place of theirs.

        Raises:
            DatasetError: a value is out of range, or conflicts with another.
        """
        plain = {name: value for name, value in self.training.items() if name not in ("is_augmented", "is_mirrored")}
        augmentation = NO_AUGMENTATION if self.is_augmented is False else usual.augmentation
        if self.is_mirrored is not None:
            augmentation = replace(augmentation, is_mirrored=self.is_mirrored)
        return replace(usual, augmentation=augmentation, **plain)

    @classmethod
    def between(cls, usual: RefitSettings, settings: RefitSettings) -> "RefitChoices":
        """Return the choices that turn a method's own settings into the given ones."""
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
    """Return whether there is any augmentation besides mirroring."""
    return replace(augmentation, is_mirrored=False) != NO_AUGMENTATION


def check_distillation(
    method: "RepairMethod", settings: RefitSettings, choices: RefitChoices, *, has_more: bool
) -> None:
    """Check that the chosen settings of distillation have an effect.

    Args:
        method: the repair method.
        settings: the settings with the choices applied.
        choices: the chosen settings.
        has_more: whether there are images without labels.

    Raises:
        DatasetError: a choice needs a distillation weight above 0, but it is 0.
    """
    if settings.distillation_weight or not method.is_refitting or method.is_choosing:
        return
    if has_more:
        raise DatasetError(
            "images without labels are used only with B's answers, but the distillation weight is 0.",
            code="training-setting",
        )
    if choices.temperature is not None:
        raise DatasetError(
            f"the temperature softens B's answers, but {method.name} does not learn from them: also choose a "
            f"distillation weight above 0.",
            code="training-setting",
        )
