"""Repairs in the window: how one is asked for, how it goes on, and what is kept of it; without a widget."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.channels import NO_LAYERS, LayerSet
from core.metrics.network_scores import NetworkKind, NetworkScores
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE, ConfidenceLevel, needed_count
from core.network.inputs import EvaluationInputs
from core.records import Share, SweepPoint
from core.refit.records import RefitEpoch, RefitSettings, find_kept
from core.repair.checks import check_layers
from core.repair.choices import RefitChoices
from core.repair.method import PRUNING_THRESHOLD, RepairMethod
from core.repair.methods.registry import DEFAULT_METHOD
from core.repair.recipe_records import Attempt, Recipe, Trying
from core.repair.training_settings import AUGMENTATION, MIRRORING
from core.words import counted, points, points_text, rate_text
from gui.theme.formatting import attempt_lines

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.network.network import Network
    from core.repair.job import RepairRequest

if TYPE_CHECKING:
    from core.network.network import Network
    from core.repair.job import Repair
    from core.report.repair.record import RepairReport


@dataclass(frozen=True, slots=True)
class RepairSettings:
    """What the person chose.

    Attributes:
        method: how.
        layers: the convolutions to prune; `ALL_LAYERS` prunes all as one, none is the usual layer.
        threshold: the drop of clean validation accuracy that pruning may reach, in (0, 1).
        epochs: passes over the images.
        learning_rate: at the start.
        held_out_share: of the validation images, (0, 0.5].
        seed: of all that is drawn.
        false_alarm_rate: the share of clean images that G may flag by the rule of confidence, (0, 1).
        choices: what else is not the method's own; of a method that chooses, what is put on all that it tries.
    """

    method: RepairMethod = DEFAULT_METHOD
    layers: LayerSet = NO_LAYERS
    threshold: float = PRUNING_THRESHOLD
    epochs: int = 20
    learning_rate: float = 5e-4
    held_out_share: float = 0.2
    seed: int = 0
    false_alarm_rate: float = DEFAULT_FALSE_ALARM_RATE
    choices: RefitChoices = field(default_factory=RefitChoices)

    @classmethod
    def of(cls, method: RepairMethod, *, layers: LayerSet = NO_LAYERS) -> "RepairSettings":
        """A method's own way."""
        usual = method.default_settings()
        return cls(
            method=method,
            layers=layers,
            epochs=usual.epochs,
            learning_rate=usual.learning_rate,
            held_out_share=usual.held_out_share,
        )

    @property
    def text(self) -> str:
        """What is told of them in a line."""
        told = []
        others = choices_text(self.choices, self.method)
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
            told.append(f"{' and '.join(self.layers.words)} {bound}")
        if self.method.is_refitting:
            told += [
                counted(self.epochs, "epoch"),
                f"rate {self.learning_rate:g}",
                f"{100 * self.held_out_share:g} % held out",
            ]
        if self.method.is_drawing:
            told.append(f"seed {self.seed}")
        return ", ".join([*told, *others])

    @property
    def takes_unlabelled(self) -> bool:
        """Whether the method could use images without labels: those count by B's answers alone."""
        return self.method.is_refitting

    @property
    def uses_unlabelled(self) -> bool:
        """Whether it uses them: B's answers have a say."""
        return self.takes_unlabelled and (self.method.is_choosing or self.refit.distillation_weight > 0)

    @property
    def refit(self) -> RefitSettings:
        """How the method refits with them."""
        usual = replace(
            self.method.default_settings(seed=self.seed),
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            held_out_share=self.held_out_share,
        )
        return self.choices.put_on(usual)


@dataclass(slots=True, eq=False)
class RepairRun:
    """A repair that goes on.

    Attributes:
        name: what it will be called.
        inputs: what it is made of.
        history: the epochs so far, epoch 0 first; of the plan under way where several are tried.
        trying: the plan under way; None where the method was given, and before the first.
        attempts: what was tried so far.
    """

    name: str
    inputs: "RepairInputs"
    history: list[RefitEpoch] = field(default_factory=list)
    trying: Trying | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def kept_epoch(self) -> int:
        """The epoch that would be kept if it ended now; 0 before the first."""
        settings = self.inputs.settings.refit
        if self.trying is not None:  # each plan has settings of its own
            settings = self.trying.plan.method.default_settings()
        return find_kept(self.history, tolerance=settings.choice_tolerance)

    @property
    def way(self) -> str:
        """How it is made, in a few words."""
        if self.trying is None:
            return self.inputs.settings.text
        return f"trying {self.trying.plan.title}, {self.trying.index + 1} of at most {self.trying.plan_count}"

    @property
    def tried(self) -> str:
        """What was tried so far, a line each; empty where nothing is chosen from."""
        if self.trying is None:
            return ""
        is_open = len(self.attempts) <= self.trying.index
        return attempt_lines(
            self.attempts,
            held_out=self.trying.held_out,
            fooled=self.trying.fooled,
            now=self.trying.plan.title if is_open else "",
        )


@dataclass(frozen=True, slots=True)
class NetworkFigures:
    """What one of the networks of a repair is worth: a row of the table before and by_agreement.

    Attributes:
        title: "B", "B′" or "G".
        detail: what that is, in a few words.
        tip: the same in a sentence.
        scores: what it answers on each set.
    """

    title: str
    detail: str
    tip: str
    scores: NetworkScores


@dataclass(frozen=True, slots=True, eq=False)
class KeptRepair:
    """A finished repair.

    Attributes:
        name: what tells it apart.
        how: how it came about, in less than a sentence.
        inputs: what it was made of.
        repair: the engine's answer, opaque here.
        report: what is exported of it, opaque here.
        pruned: B′ as a network that can be asked.
        figures: the table before and by_agreement.
        history: the epochs, epoch 0 first; none where nothing was refitted.
        kept_epoch: whose weights B′ has; 0 for none.
        sentences: how it came about.
        is_cut_short: whether it was stopped before its end.
        recipe: what was tried; None where the method was given.
    """

    name: str
    how: str
    inputs: "RepairInputs"
    repair: "Repair"
    report: "RepairReport"
    pruned: "Network"
    figures: tuple[NetworkFigures, ...]
    history: tuple[RefitEpoch, ...]
    kept_epoch: int
    sentences: tuple[str, ...]
    is_cut_short: bool = False
    recipe: Recipe | None = None

    def __repr__(self) -> str:
        return f"KeptRepair({self.name!r})"


def choices_text(choices: RefitChoices, method: RepairMethod) -> tuple[str, ...]:
    """A word or two on each choice that has no place of its own in the summary."""
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


def figures_of(
    before: SweepPoint,
    by_agreement: SweepPoint,
    *,
    by_confidence: SweepPoint,
    level: ConfidenceLevel,
    held_out: tuple[Share | None, Share | None],
) -> tuple[NetworkFigures, ...]:
    """The table before and by_agreement, of B, B′ and G.

    Args:
        before: B.
        by_agreement: B′, and G of B and B′ by the rule of agreement.
        by_confidence: the same with G by the rule of confidence.
        level: what that rule asks for.
        held_out: held-out images that B, and that B′ predicts right; None where none were held out.
    """
    pruned, repaired = NetworkKind.PRUNED, NetworkKind.REPAIRED
    of_point = NetworkScores.of_point
    agreement_tip = "The repaired network G: B's answer where B and B′ agree, else “backdoored”"
    return (
        NetworkFigures("B", "as it came", "The network as it came", of_point(before, pruned, held_out=held_out[0])),
        NetworkFigures(
            "B′", "repaired", "The repaired network B′", of_point(by_agreement, pruned, held_out=held_out[1])
        ),
        NetworkFigures("G", "by agreement", agreement_tip, of_point(by_agreement, repaired)),
        NetworkFigures("G", "by confidence", _confidence_tip(level), of_point(by_confidence, repaired)),
    )


def _confidence_tip(level: ConfidenceLevel) -> str:
    asked = f"G: B's answer where B and B′ agree and B′ gives it at least {rate_text(level.level)}, else “backdoored”"
    if not level.is_enough:
        kept = f", too few for {points(level.false_alarm_rate)} %, which takes {needed_count(level.false_alarm_rate):,}"
    else:
        kept = "" if level.is_honoured else f", too many for {points(level.false_alarm_rate)} %"
    return f"{asked}; {level.measured} clean images that the level was found on are flagged{kept}"


@dataclass(frozen=True, slots=True, eq=False)
class RepairInputs:
    """What a repair is made of.

    Attributes:
        evaluation: B and the sets; without a pixel range the repair finds it.
        unlabelled: further clean images; None without.
        settings: what the person chose.
    """

    evaluation: EvaluationInputs
    unlabelled: "Dataset | None"
    settings: RepairSettings

    def request(self) -> "RepairRequest":
        """The engine's own record of it."""
        from core.repair.job import RepairRequest  # noqa: PLC0415  # brings Keras

        settings = self.settings
        return RepairRequest(
            self.evaluation,
            method=settings.method,
            layers=check_layers(self.evaluation.network, settings.layers, method=settings.method)
            if settings.method.is_pruning
            else NO_LAYERS,
            threshold=settings.threshold,
            settings=settings.refit,
            # Images without labels count by B's answers alone: a method that does not ask for those has no use.
            unlabelled=self.unlabelled if settings.uses_unlabelled else None,
            false_alarm_rate=settings.false_alarm_rate,
            mask_settings=settings.method.mask_settings(settings.choices, seed=settings.seed),
            choices=settings.choices,
        )
