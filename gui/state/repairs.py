"""Records of the repairs in the window: their inputs, their progress and their results. No widgets."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.channels import NO_LAYERS, ChannelTensor
from core.metrics.network_scores import NetworkKind, NetworkScores
from core.network.confidence import ConfidenceLevel, needed_count
from core.network.inputs import EvaluationInputs
from core.records import Share, SweepPoint
from core.refit.records import RefitEpoch, find_kept
from core.repair.checks import check_layers
from core.repair.recipe_records import Attempt, Recipe, Trying
from core.words import points, rate_text
from gui.state.repair_settings import RepairSettings

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.network.network import Network
    from core.repair.job import Repair, RepairRequest
    from core.repair.shown.examples import Examples
    from core.report.repair.record import RepairReport


@dataclass(slots=True, eq=False)
class RepairRun:
    """A repair in progress.

    Attributes:
        name: the name of the repair.
        inputs: its network, files and settings.
        history: the epochs so far, epoch 0 first; of the current plan if several are tried.
        trying: the current plan; None before the first one, and if the method tries no plans.
        attempts: the plans tried so far.
    """

    name: str
    inputs: "RepairInputs"
    history: list[RefitEpoch] = field(default_factory=list)
    trying: Trying | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def kept_epoch(self) -> int:
        """The epoch that would be kept if the repair ended now; 0 before the first."""
        settings = self.inputs.settings.refit
        if self.trying is not None:  # each plan has its own settings
            settings = self.trying.plan.method.default_settings()
        return find_kept(self.history, tolerance=settings.choice_tolerance)

    @property
    def summary(self) -> str:
        """The settings, or the current plan, in a few words."""
        if self.trying is None:
            return self.inputs.settings.text
        return f"trying {self.trying.plan.title}, {self.trying.index + 1} of at most {self.trying.plan_count}"


@dataclass(frozen=True, slots=True)
class NetworkFigures:
    """The figures of one network of a repair: a row of the table.

    Attributes:
        title: "B", "B′" or "G".
        detail: what the network is, in a few words.
        tip: the same as a sentence.
        scores: its scores on each set.
    """

    title: str
    detail: str
    tip: str
    scores: NetworkScores


@dataclass(frozen=True, slots=True, eq=False)
class KeptRepair:
    """A finished repair.

    Attributes:
        name: unique among the repairs and the compared networks.
        how: how the network was made, in a few words.
        inputs: its network, files and settings.
        repair: the engine's result.
        report: the record that is exported.
        pruned: B′, as a network that can classify images.
        figures: the rows of the table of B, B′ and G.
        history: the epochs, epoch 0 first; empty if nothing was refitted.
        kept_epoch: the epoch whose weights B′ has; 0 for none.
        sentences: how the network was made, in full sentences.
        is_cut_short: whether the repair was stopped before its end.
        recipe: the plans that were tried; None if the method tries none.
        notes: how the poisoned sets were understood.
        examples: images with a trigger, and the answers of B and B′; None if there is no trigger.
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
    notes: tuple[str, ...] = ()
    examples: "Examples | None" = None

    def __repr__(self) -> str:
        return f"KeptRepair({self.name!r})"


def figures_of(
    before: SweepPoint,
    by_agreement: SweepPoint,
    *,
    by_confidence: SweepPoint,
    level: ConfidenceLevel,
    held_out: tuple[Share | None, Share | None],
) -> tuple[NetworkFigures, ...]:
    """Return the figures of B, B′ and G, one row per network.

    Args:
        before: the figures of B.
        by_agreement: the figures of B′ and of G by agreement.
        by_confidence: the figures of B′ and of G by confidence.
        level: the confidence level of G by confidence.
        held_out: held-out accuracy of B and of B′; None if no images were held out.
    """
    pruned, repaired = NetworkKind.PRUNED, NetworkKind.REPAIRED
    of_point = NetworkScores.of_point
    agreement_tip = "The repaired network G: gives B's answer where B and B′ agree, else “backdoored”"
    return (
        NetworkFigures(
            "B", "as opened", "The network as it was opened", of_point(before, pruned, held_out=held_out[0])
        ),
        NetworkFigures(
            "B′", "repaired", "The repaired network B′", of_point(by_agreement, pruned, held_out=held_out[1])
        ),
        NetworkFigures("G", "by agreement", agreement_tip, of_point(by_agreement, repaired)),
        NetworkFigures("G", "by confidence", _confidence_tip(level), of_point(by_confidence, repaired)),
    )


def _confidence_tip(level: ConfidenceLevel) -> str:
    asked = (
        f"G: gives B's answer where B and B′ agree and B′ gives it at least {rate_text(level.level)}, else “backdoored”"
    )
    if not level.is_enough:
        count = f"{needed_count(level.false_alarm_rate):,}"
        kept = f", too few images for {points(level.false_alarm_rate)} % of false alarms, which takes {count}"
    else:
        kept = "" if level.is_honoured else f", too many for {points(level.false_alarm_rate)} % of false alarms"
    return f"{asked}; {level.measured} clean images that the level was found on are flagged{kept}"


@dataclass(frozen=True, slots=True, eq=False)
class RepairInputs:
    """The inputs of a repair.

    Attributes:
        evaluation: B and the sets; the repair finds the pixel range if it is not known.
        unlabelled: further clean images; None if none are open.
        settings: the chosen settings.
    """

    evaluation: EvaluationInputs
    unlabelled: "Dataset | None"
    settings: RepairSettings

    def request(self) -> "RepairRequest":
        """Return the engine's record of the inputs."""
        from core.repair.job import RepairRequest  # noqa: PLC0415  # brings Keras

        settings = self.settings
        network = self.evaluation.network.with_tensor(settings.tensor or ChannelTensor.ACTIVATION)
        return RepairRequest(
            replace(self.evaluation, network=network),
            method=settings.method,
            layers=check_layers(network, settings.layers, method=settings.method)
            if settings.method.is_pruning
            else NO_LAYERS,
            threshold=settings.threshold,
            settings=settings.refit,
            # Only the answers of B can be learned from images without labels: other methods cannot use them.
            unlabelled=self.unlabelled if settings.uses_unlabelled else None,
            false_alarm_rate=settings.false_alarm_rate,
            mask_settings=settings.method.mask_settings(settings.choices, seed=settings.seed),
            choices=settings.choices,
            suspects=settings.suspects,
        )
