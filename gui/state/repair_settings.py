"""The settings of a repair as the user chose them. No widgets."""

from dataclasses import dataclass, field, replace

from core.channels import NO_LAYERS, ChannelTensor, LayerSet
from core.detect.records import NEXT_CLASS
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE
from core.refit.records import RefitSettings
from core.repair.choices import RefitChoices
from core.repair.method import PRUNING_THRESHOLD, RepairMethod
from core.repair.methods.registry import DEFAULT_METHOD
from core.repair.training_settings import AUGMENTATION, MIRRORING
from core.words import counted, joined, points_text


@dataclass(frozen=True, slots=True)
class RepairSettings:
    """The settings of a repair.

    Attributes:
        method: the repair method.
        layers: the convolutions to prune; `ALL_LAYERS` prunes all as one, `NO_LAYERS` the usual layer.
        tensor: which tensor is ranked and zeroed; None if there is no choice.
        threshold: the largest drop of clean validation accuracy while pruning, in (0, 1).
        epochs: passes over the training images.
        learning_rate: the initial learning rate.
        held_out_share: share of the validation images that is held out, in (0, 0.5].
        seed: seed of all random numbers.
        false_alarm_rate: the largest share of clean images that G by confidence may flag, in (0, 1).
        choices: all other settings that differ from the method's defaults; a method that tries several plans applies
            them to each plan.
        suspects: classes whose triggers are unlearned, `NEXT_CLASS` for an all-to-all attack; empty looks for some.
    """

    method: RepairMethod = DEFAULT_METHOD
    layers: LayerSet = NO_LAYERS
    tensor: ChannelTensor | None = None
    threshold: float = PRUNING_THRESHOLD
    epochs: int = 20
    learning_rate: float = 5e-4
    held_out_share: float = 0.2
    seed: int = 0
    false_alarm_rate: float = DEFAULT_FALSE_ALARM_RATE
    choices: RefitChoices = field(default_factory=RefitChoices)
    suspects: tuple[int, ...] = ()

    @classmethod
    def of(cls, method: RepairMethod, *, layers: LayerSet = NO_LAYERS) -> "RepairSettings":
        """Return the default settings of a method."""
        defaults = method.default_settings()
        return cls(
            method=method,
            layers=layers,
            epochs=defaults.epochs,
            learning_rate=defaults.learning_rate,
            held_out_share=defaults.held_out_share,
        )

    @property
    def text(self) -> str:
        """A one-line summary."""
        parts = []
        others = choices_text(self.choices, self.method)
        if self.suspects:
            named = ["all to all" if each == NEXT_CLASS else str(each) for each in self.suspects]
            others = (*others, f"suspects {joined(named)}")
        if self.method.is_choosing:
            return ", ".join([f"{100 * self.held_out_share:g} % held out, seed {self.seed}", *others])
        if self.method.is_pruning:
            given = self.choices.given
            bounds = [
                each.brief_of(given[each.name])
                for each in self.method.settings
                if each.stops_pruning and each.name in given
            ]
            bound = bounds[0] if bounds else f"up to {points_text(self.threshold)}"
            place = f"{self.tensor.text} " if self.tensor is not None else ""
            parts.append(f"{' and '.join(self.layers.words)} {place}{bound}")
        if self.method.is_refitting:
            parts += [
                counted(self.epochs, "epoch"),
                f"rate {self.learning_rate:g}",
                f"{100 * self.held_out_share:g} % held out",
            ]
        if self.method.is_drawing:
            parts.append(f"seed {self.seed}")
        return ", ".join([*parts, *others])

    @property
    def takes_unlabelled(self) -> bool:
        """Whether the method can use images without labels; it learns B's answers to them."""
        return self.method.is_refitting

    @property
    def uses_unlabelled(self) -> bool:
        """Whether it uses them: the answers of B are part of the loss."""
        return self.takes_unlabelled and (self.method.is_choosing or self.refit.distillation_weight > 0)

    @property
    def refit(self) -> RefitSettings:
        """The settings of the refit."""
        defaults = replace(
            self.method.default_settings(seed=self.seed),
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            held_out_share=self.held_out_share,
        )
        return self.choices.applied_to(defaults)


def choices_text(choices: RefitChoices, method: RepairMethod) -> tuple[str, ...]:
    """Return a short text for each choice that the summary does not name otherwise."""
    given = choices.given
    texts = [
        each.brief_of(given[each.name])
        for each in method.settings
        if each.name in given and not (each.is_in_main_form or each.stops_pruning or each in (MIRRORING, AUGMENTATION))
    ]
    if choices.is_augmented is False:
        texts.append("only mirrored" if choices.is_mirrored else "no augmentation")
    elif choices.is_mirrored is False:
        texts.append("not mirrored")
    return tuple(texts)
