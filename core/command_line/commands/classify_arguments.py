"""What can be typed after `classify`; nothing heavy is imported for it."""

from pathlib import Path
from typing import Annotated

import typer

from core.command_line.arguments import (
    AUTO,
    ModelOption,
    PoisonedOption,
    ProgressOption,
    ScaleOption,
    TargetOption,
    typed_attacks,
    typed_scale,
)
from core.command_line.console import run_job
from core.command_line.data_options import DataOptions


def classify_command(
    *,
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE", help="Images.", show_default=False)],
    model: ModelOption,
    pruned: Annotated[
        Path | None,
        typer.Option("--pruned", help="A pruned network B′; adds the prediction of the repaired network G."),
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option("--validation", help="Clean images to find the pixel range on, and to blend with for --strip."),
    ] = None,
    scale: ScaleOption = AUTO,
    has_strip: Annotated[
        bool,
        typer.Option(
            "--strip",
            help="Blend each image with clean ones (STRIP): add how many blends keep the answer, how sure the answers "
            "are, and both for clean images. Needs --validation.",
        ),
    ] = False,
    poisoned: PoisonedOption = None,
    target: TargetOption = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the draw of clean images for --strip.")] = 0,
    progress: ProgressOption = None,
    how_read: DataOptions,
) -> None:
    """Print one JSON line per image: the network's prediction, and whether the repaired network flags it."""
    from core.command_line.commands.classify import ClassifyOptions, classify  # noqa: PLC0415  # brings numpy

    if has_strip and validation is None:
        raise typer.BadParameter("give --validation, too: images are blended with clean ones", param_hint="--strip")
    if poisoned and not has_strip:
        raise typer.BadParameter("poisoned sets are used for --strip alone", param_hint="--poisoned")
    options = ClassifyOptions(
        model,
        pruned,
        tuple(images),
        typed_scale(scale),
        validation,
        how_read,
        has_strip=has_strip,
        seed=seed,
        **typed_attacks(poisoned, target),
    )
    raise typer.Exit(run_job(lambda monitor: classify(options, monitor), has_progress=progress, writes=False))
