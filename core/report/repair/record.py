"""The record of a repair's report; no Keras."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.channels import ChannelTensor
from core.data.dataset import distinct_names
from core.metrics.figures import figures_of, shares_of, titles
from core.metrics.network_scores import SWEEP_ROLES, NetworkKind, NetworkScores, SetRole
from core.network.confidence import ConfidenceLevel, level_text
from core.order.anp_settings import AnpSettings
from core.records import Share, SweepPoint
from core.refit.records import RefitEpoch, RefitSettings
from core.registry.setting import Setting
from core.repair.method import FREE, RepairMethod
from core.repair.recipe_records import FEW, OpenSets, Recipe
from core.report.origin import InputFile, Origin, describe_origin, input_file
from core.report.prune.verdict import masks_sentence
from core.report.repair.recipe_text import recipe_sentences
from core.report.repair.verdict import RepairVerdict, judge_repair
from core.scale import Scale
from core.sweep.records import Sweep
from core.words import counted, joined, points_text, tensor_sentence

if TYPE_CHECKING:  # these import Keras; writing a report does not need it
    from core.repair.job import Repair, RepairRequest
    from core.repair.shown.examples import Examples

COLUMNS = ("B", "B′", "G (agreement)", "G (confidence)")
Figures = tuple[Share | None, Share | None, Share | None, Share | None]
"""The shares in a row of the results table, in the order of `COLUMNS`."""


@dataclass(frozen=True, slots=True)
class Refit:
    """How a network was refitted.

    Attributes:
        settings: the requested settings.
        history: epoch 0 first.
        kept_epoch: the epoch whose weights were kept.
        training_count: number of validation images trained with.
        is_cut_short: whether it was stopped before its last epoch.
    """

    settings: RefitSettings
    history: tuple[RefitEpoch, ...]
    kept_epoch: int
    training_count: int
    is_cut_short: bool

    @property
    def kept(self) -> RefitEpoch:
        """The epoch whose weights were kept."""
        return self.history[self.kept_epoch]


@dataclass(frozen=True, slots=True, eq=False)
class RepairReport:
    """One repair with its origin.

    Attributes:
        origin: the input files and the command.
        poisoned_names: distinct names of the poisoned sets.
        unlabelled: further clean images; None if there are none.
        method: the repair method.
        threshold: the drop that pruning was allowed, in (0, 1); None if nothing was pruned.
        sweeps: the pruning curves; empty if nothing was pruned.
        pruned: by convolution, the indices of the pruned channels, ascending.
        refit: how it was refitted; None if it was only pruned.
        before: B.
        by_agreement: B′ and G by agreement.
        by_confidence: B′ and G by confidence.
        level: the level of G by confidence.
        scale: the pixel range used.
        recipe: what was tried and chosen; None if the method was given.
        held_out: held-out validation images that B and B′ predict as their label; None if none were held out.
        own_values: the method's settings that belong to no other record, with their values.
        examples: a few images with a trigger and their answers; None if there is no trigger.
        given_suspects: the suspected classes that were given; empty if they were looked for.
        bounded_layers: the layers whose activations were bounded.
    """

    origin: Origin
    poisoned_names: tuple[str, ...]
    unlabelled: InputFile | None
    method: RepairMethod
    threshold: float | None
    sweeps: tuple[Sweep, ...]
    pruned: tuple[tuple[str, tuple[int, ...]], ...]
    refit: Refit | None
    before: SweepPoint
    by_agreement: SweepPoint
    by_confidence: SweepPoint
    level: ConfidenceLevel
    scale: Scale
    recipe: Recipe | None
    held_out: tuple[Share | None, Share | None]
    own_values: tuple[tuple[Setting, Any], ...] = ()
    examples: "Examples | None" = None
    given_suspects: tuple[int, ...] = ()
    bounded_layers: tuple[str, ...] = ()

    @property
    def open_sets(self) -> OpenSets:
        """What the test set and the poisoned sets say of B′."""
        return OpenSets.of_scores(*self._scores)

    @property
    def verdict(self) -> RepairVerdict:
        """What the repair has reached."""
        return judge_repair(*self._scores, self.recipe, poisoned_names=self.poisoned_names)

    @property
    def _scores(self) -> tuple[NetworkScores, NetworkScores]:
        """The scores of B and B′."""
        held_out_before, held_out_after = self.held_out
        return (
            NetworkScores.of_point(self.before, NetworkKind.PRUNED, held_out=held_out_before),
            NetworkScores.of_point(self.by_agreement, NetworkKind.PRUNED, held_out=held_out_after),
        )

    @property
    def is_level_held_out(self) -> bool:
        """Whether the level of G was found on validation images that B′ was not made with."""
        return self.refit is not None or bool(self.bounded_layers)

    @property
    def tensor(self) -> ChannelTensor | None:
        """Which tensor was ranked and zeroed; None if there was no choice, or nothing was pruned."""
        return next((sweep.ranking.layer.tensor for sweep in self.sweeps if sweep.ranking.layer.tensor), None)

    @property
    def mask_settings(self) -> AnpSettings | None:
        """How masks were optimized; None if the order does not use masks."""
        return next((sweep.mask_settings for sweep in self.sweeps), None)

    def __repr__(self) -> str:
        return f"RepairReport({self.origin.model_path}, {self.method})"


def describe_repair(
    request: "RepairRequest",
    repair: "Repair",
    *,
    command_line: Sequence[str],
    created: datetime | None = None,
    not_saved: Sequence[str] = (),
) -> RepairReport:
    """Collect a finished repair for a report.

    Args:
        request: the request.
        repair: its result.
        command_line: the arguments typed after `python main.py`.
        created: time of creation; None uses the current time.
        not_saved: why networks could not be saved, a sentence each.
    """
    start = repair.before.validation
    tuned = repair.refit
    origin = describe_origin(
        request.inputs,
        unlabelled=request.unlabelled,
        interpretations=repair.interpretations or (None,) * len(request.inputs.poisoned),
        scale_finding=repair.scale_finding,
        clean_share=start.pruned if start else None,
        command_line=command_line,
        created=created,
        not_saved=not_saved,
    )
    return RepairReport(
        origin=origin,
        poisoned_names=distinct_names(request.inputs.poisoned),
        unlabelled=input_file(request.unlabelled) if request.unlabelled is not None else None,
        method=repair.method,
        threshold=repair.recipe.attempt.plan.threshold
        if repair.recipe
        else request.threshold
        if request.method.is_pruning
        else None,
        sweeps=repair.sweeps,
        pruned=tuple(
            (name, tuple(index for index, is_kept in enumerate(mask) if not is_kept))
            for name, mask in repair.channel_masks.items()
        ),
        refit=Refit(tuned.settings, tuned.history, tuned.kept_epoch, len(tuned.training_indices), tuned.is_cut_short)
        if tuned
        else None,
        before=repair.before,
        by_agreement=repair.by_agreement,
        by_confidence=repair.by_confidence,
        level=repair.level,
        scale=repair.scale,
        recipe=repair.recipe,
        held_out=repair.held_out,
        own_values=repair.method.own_values(request.choices),
        examples=repair.examples,
        given_suspects=request.suspects,
        bounded_layers=repair.bounded_layers,
    )


def repair_sentences(report: RepairReport) -> tuple[str, ...]:
    """Describe what was done, in sentences."""
    sentences: list[str] = []
    if report.recipe is not None:
        sentences += recipe_sentences(report.recipe, report.open_sets)
    if report.threshold is not None:
        drop = "at all" if report.threshold <= FREE else f"by {points_text(report.threshold)}"
        pruned = ", ".join(f"{len(channels)} of {name}" for name, channels in report.pruned)
        masks = report.mask_settings
        if masks is not None:
            sentences.append(masks_sentence(masks))
        if masks is not None and masks.mask_threshold is not None:
            sentences.append(f"Pruned channels: {pruned}, all those whose mask is below {masks.mask_threshold:g}.")
        else:
            sentences.append(f"Pruned channels: {pruned}, the last step before clean validation accuracy drops {drop}.")
        if report.tensor is not None:
            sentences.append(tensor_sentence(report.tensor))
    if report.bounded_layers:
        sentences += _how_bounded(report)
    if report.refit is not None:
        sentences += _how_refitted(report, report.refit)
    sentences.append(level_text(report.level, is_held_out=report.is_level_held_out))
    if report.level.is_honoured:
        sentences += _doubt_about_level(report)
    return tuple(sentences)


def _doubt_about_level(report: RepairReport) -> list[str]:
    """Say what else was chosen by the images that the level was found on, which makes the level less reliable."""
    is_pruned = report.threshold is not None
    if report.is_level_held_out:
        chosen = [*(["the epoch"] if report.refit else []), *(["among what was tried"] if report.recipe else [])]
        chose = f"These held-out images also chose {' and '.join(chosen)}" if chosen else ""
        chose += "; with all other validation images they chose what was pruned" if is_pruned else ""
    else:
        chose = "The level was found on the validation images that also chose what was pruned" if is_pruned else ""
        chose += "; those held out of them also chose among what was tried" if is_pruned and report.recipe else ""
    if not chose:
        return []
    return [f"{chose}: of other clean images G by confidence may flag {'more' if is_pruned else 'somewhat more'}."]


def _how_bounded(report: RepairReport) -> list[str]:
    """Say which activations were bounded, and what became of the images that the bounds were not found on."""
    before, after = report.held_out
    sentences = [
        f"The activations of {counted(len(report.bounded_layers), 'layer')} ({joined(report.bounded_layers)}) were "
        f"bounded, each channel to what clean images need. No weight was changed."
    ]
    if before is not None and after is not None:
        sentences.append(
            f"Of the held-out validation images, which were not looked at for the bounds, {after} are right, {before} "
            f"before. The other validation figures include images that were: trust the test and held-out figures."
        )
        sentences += _few_sentences(report, after.total)
    return sentences


def _few_sentences(report: RepairReport, count: int) -> list[str]:
    """Say whether too few images were held out; the recipe says so itself."""
    is_few = count < FEW and report.recipe is None
    return [f"Only {count} were held out: too few to resolve one or two points."] if is_few else []


def _how_unlearned(refit: Refit, *, is_given: bool) -> list[str]:
    """Say which classes were suspected, and how small their triggers were before and are now."""
    before, kept = refit.history[0], refit.kept
    if not before.relative_sizes or not kept.relative_sizes:
        return []
    classes = [str(each) for each in kept.suspects if each >= 0]
    suspected = [f"{'class' if len(classes) == 1 else 'classes'} {joined(classes)}"] if classes else []
    suspected += ["an all-to-all attack"] if min(kept.suspects) < 0 else []
    source = ", as given" if is_given and set(kept.suspects) == set(before.suspects) else ""
    return [
        f"Suspected{source}: {joined(suspected)}. The smallest trigger found for one of these was "
        f"{min(before.relative_sizes):.2f} of the other classes' median before, and is {min(kept.relative_sizes):.2f} "
        f"on B′; about 1 is like the others."
    ]


def _how_refitted(report: RepairReport, refit: Refit) -> list[str]:
    more = report.unlabelled if refit.settings.distillation_weight else None
    further = f" and {more.image_count} images without labels" if more else ""
    sentences = [
        f"Refitted on {refit.training_count} of the {report.origin.validation.image_count} validation images{further} "
        f"for {counted(len(refit.history) - 1, 'epoch')}; the {refit.kept.held_out.total} held out, which were not "
        f"trained with, chose the epoch."
    ]
    if refit.kept_epoch:
        occluded = refit.kept.occluded
        covered = f" and {occluded} under patches" if occluded is not None else ""
        sentences.append(
            f"Epoch {refit.kept_epoch} was kept: {refit.kept.held_out} held-out images right{covered}, "
            f"{refit.history[0].held_out} before refitting. Test and poisoned sets were not used."
        )
        sentences += _how_unlearned(refit, is_given=bool(report.given_suspects))
    else:
        sentences.append(
            f"No epoch was kept: after each one held-out clean accuracy had fallen by more than "
            f"{points_text(refit.settings.rollback_margin)}, or the loss was no longer a number. B′ is the network "
            f"that refitting began with."
        )
    sentences += _few_sentences(report, refit.kept.held_out.total)
    sentences.append(
        "After refitting, validation figures include images that were trained with: trust the test and held-out "
        "figures."
    )
    return sentences


def table_rows(report: RepairReport) -> tuple[tuple[str, Figures], ...]:
    """Return the rows of the results table: the figure, and its share for each column; None if there is none."""
    held_out_before, held_out_after = report.held_out
    columns = (
        NetworkScores.of_point(report.before, NetworkKind.PRUNED, held_out=held_out_before),
        NetworkScores.of_point(report.by_agreement, NetworkKind.PRUNED, held_out=held_out_after),
        NetworkScores.of_point(report.by_agreement, NetworkKind.REPAIRED),
        NetworkScores.of_point(report.by_confidence, NetworkKind.REPAIRED),
    )
    figures = figures_of(roles=(SetRole.HELD_OUT, *SWEEP_ROLES))
    names = titles(figures, report.poisoned_names, is_always_named=True)
    rows = zip(*(shares_of(figures, each) for each in columns), strict=True)
    return tuple((name, row) for name, row in zip(names, rows, strict=True) if any(row))


def epoch_scores(epoch: RefitEpoch) -> NetworkScores:
    """Return the scores of the network after an epoch."""
    return NetworkScores.of_predictions(
        held_out=epoch.held_out, occluded=epoch.occluded, test=epoch.test, poisoned=epoch.poisoned
    )


def rate_or_none(value: float) -> float | None:
    """Return a number for JSON; None for NaN and the infinities."""
    return value if math.isfinite(value) else None
