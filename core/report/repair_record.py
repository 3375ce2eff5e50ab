"""All that a repair's report tells, gathered in one record; no Keras."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.anp_settings import AnpSettings
from core.cautions import find_cautions
from core.dataset import distinct_names
from core.records import ModelSummary, Scale, ScaleFinding, Share, Sweep, SweepPoint
from core.refit_records import FineTuneEpoch, FineTuneSettings
from core.repair_methods import Method
from core.report.record import InputFile, input_file
from core.report.verdict import masks_sentence
from core.words import points_text

if TYPE_CHECKING:  # Keras comes with it; a report is written without it.
    from core.repair_job import Repair, RepairRequest


@dataclass(frozen=True, slots=True)
class Refit:
    """How a network was refitted.

    Attributes:
        settings: as asked.
        history: epoch 0 first.
        kept_epoch: whose weights were kept.
        training_count: validation pictures trained with.
        is_cut_short: whether it ended before its last epoch.
    """

    settings: FineTuneSettings
    history: tuple[FineTuneEpoch, ...]
    kept_epoch: int
    training_count: int
    is_cut_short: bool

    @property
    def kept(self) -> FineTuneEpoch:
        """The epoch whose weights were kept."""
        return self.history[self.kept_epoch]


@dataclass(frozen=True, slots=True, eq=False)
class RepairReport:
    """One repair, with where it came from.

    Attributes:
        model: B.
        model_path: its file, as the person gave it.
        validation: clean validation pictures.
        test: clean test pictures; None when not loaded.
        poisoned: poisoned sets.
        poisoned_names: what tells them apart.
        unlabelled: further clean pictures; None without.
        method: how.
        threshold: the drop that pruning was allowed, in (0, 1).
        sweeps: the pruning curves; none where nothing is pruned.
        pruned: by convolution the channel indices that were pruned, ascending.
        refit: how it was refitted; None where it was only pruned.
        before: B.
        after: B′ and G.
        scale: the pixel range that was fed.
        scale_finding: how it was found; None when it was given.
        command_line: words that, after `python main.py`, do the same again.
        created: when, with time zone.
        cautions: doubts about the files, gravest first.
    """

    model: ModelSummary
    model_path: str
    validation: InputFile
    test: InputFile | None
    poisoned: tuple[InputFile, ...]
    poisoned_names: tuple[str, ...]
    unlabelled: InputFile | None
    method: Method
    threshold: float
    sweeps: tuple[Sweep, ...]
    pruned: tuple[tuple[str, tuple[int, ...]], ...]
    refit: Refit | None
    before: SweepPoint
    after: SweepPoint
    scale: Scale
    scale_finding: ScaleFinding | None
    command_line: tuple[str, ...]
    created: datetime
    cautions: tuple[str, ...]

    @property
    def mask_settings(self) -> AnpSettings | None:
        """How masks were optimized; None where the order goes by something else."""
        return next((sweep.mask_settings for sweep in self.sweeps), None)

    def __repr__(self) -> str:
        return f"RepairReport({self.model_path}, {self.method})"


def describe_repair(
    request: "RepairRequest", repair: "Repair", *, command_line: Sequence[str], created: datetime | None = None
) -> RepairReport:
    """Gather a finished repair for a report.

    Args:
        request: what was asked.
        repair: what came out.
        command_line: what the person typed after `python main.py`.
        created: when; None is now.
    """
    model = request.network.summary
    start = repair.before.validation
    tuned = repair.refit
    return RepairReport(
        model=model,
        model_path=os.fspath(model.path),
        validation=input_file(request.validation),
        test=input_file(request.test) if request.test is not None else None,
        poisoned=tuple(input_file(each, is_poisoned=True) for each in request.poisoned),
        poisoned_names=distinct_names(request.poisoned),
        unlabelled=input_file(request.unlabelled) if request.unlabelled is not None else None,
        method=repair.method,
        threshold=request.threshold,
        sweeps=repair.sweeps,
        pruned=tuple(
            (name, tuple(index for index, is_kept in enumerate(mask) if not is_kept))
            for name, mask in repair.channel_masks.items()
        ),
        refit=Refit(tuned.settings, tuned.history, tuned.kept_epoch, len(tuned.training_indices), tuned.is_cut_short)
        if tuned
        else None,
        before=repair.before,
        after=repair.after,
        scale=repair.scale,
        scale_finding=repair.scale_finding,
        command_line=tuple(command_line),
        created=created or datetime.now(UTC).replace(microsecond=0),
        cautions=find_cautions(
            class_count=model.class_count,
            validation=request.validation,
            test=request.test,
            poisoned=request.poisoned,
            scale_finding=repair.scale_finding,
            clean_share=start.pruned if start else None,
        ),
    )


def how_told(report: RepairReport) -> tuple[str, ...]:
    """What was done, in sentences."""
    sentences = []
    if report.method.is_pruning:
        pruned = ", ".join(f"{len(channels)} of {name}" for name, channels in report.pruned)
        masks = report.mask_settings
        if masks is not None:
            sentences.append(masks_sentence(masks))
        if masks is not None and masks.mask_threshold is not None:
            sentences.append(f"Pruned channels: {pruned}, all those whose mask is below {masks.mask_threshold:g}.")
        else:
            sentences.append(
                f"Pruned channels: {pruned}, the last step before clean validation accuracy drops by "
                f"{points_text(report.threshold)}."
            )
    refit = report.refit
    if refit is None:
        return tuple(sentences)
    sentences.append(
        f"Refitted on {refit.training_count} of the {report.validation.image_count} validation images for "
        f"{len(refit.history) - 1} epochs; the other {refit.kept.held_out.total} chose the epoch."
    )
    if refit.kept_epoch:
        sentences.append(
            f"Epoch {refit.kept_epoch} was kept: {refit.kept.held_out} held-out images right, "
            f"{refit.history[0].held_out} before refitting. Test and poisoned sets were only watched."
        )
    else:
        sentences.append(
            f"No epoch was kept: after each one held-out clean accuracy had fallen by more than "
            f"{points_text(refit.settings.rollback_margin)}, or the loss was no number any more. B′ is what refitting "
            f"began with."
        )
    sentences.append("Validation figures after refitting count images that were trained with: go by test and held-out.")
    return tuple(sentences)


def figures(report: RepairReport) -> tuple[tuple[str, tuple[Share | None, Share | None, Share | None]], ...]:
    """The results table: what is counted, and the shares of B, B′ and G; None where there is none."""
    before, after = report.before, report.after
    rows: list[tuple[str, tuple[Share | None, Share | None, Share | None]]] = []
    if report.refit:
        start, kept = report.refit.history[0], report.refit.kept
        is_start_base = not any(channels for _, channels in report.pruned)
        rows.append(("clean held-out", (start.held_out if is_start_base else None, kept.held_out, None)))
    clean = (("validation", before.validation, after.validation), ("test", before.test, after.test))
    for role, old, new in clean:
        if old and new:
            rows.append((f"clean {role}", (old.pruned, new.pruned, new.repaired)))
    for name, one, other in zip(report.poisoned_names, before.poisoned, after.poisoned, strict=True):
        rows.append((f"ASR {name}", (one.pruned, other.pruned, other.repaired)))
    rows += [
        (f"detection {n}", (None, None, e.flagged)) for n, e in zip(report.poisoned_names, after.poisoned, strict=True)
    ]
    rows += [(f"false alarm, {role}", (None, None, new.flagged)) for role, _, new in clean if new]
    return tuple(rows)


def rate_or_none(value: float) -> float | None:
    """A number for JSON; None in place of NaN."""
    return None if math.isnan(value) else value
