"""What can be typed after `audit`; nothing heavy is imported for it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.audit.cluster import ClusterOptions
from core.audit.models import CommonFiles
from core.audit.records import AuditCheck, AuditSettings
from core.command_line.arguments import (
    AUTO,
    JsonOption,
    OutOption,
    PoisonedOption,
    ScaleOption,
    SeedOption,
    TargetOption,
    TestOption,
    check_layer_names,
    typed_attacks,
    typed_scale,
    typed_thresholds,
)
from core.command_line.commands.detect_arguments import FailOn, typed_detectors
from core.command_line.console import Status, run_job
from core.order.orders.registry import DEFAULT_ORDER, ORDERS
from core.repair.methods.registry import DEFAULT_METHOD, METHODS

EXAMINATION, WORKERS = "How each network is examined", "Where the workers are"
DEFAULT_CHECKS = "prune,detect"
DEFAULT_LIMIT_S = 3600.0


def audit_command(
    *,
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODELS...",
            help="Networks: files, folders with all below, patterns, or manifests (.csv, .json) that give each network "
            "its own sets and scale.",
        ),
    ],
    out: OutOption,
    validation: Annotated[
        Path | None,
        typer.Option("--validation", help="Clean images with labels, for every network that no manifest gives others."),
    ] = None,
    test: TestOption = None,
    poisoned: PoisonedOption = None,
    target: TargetOption = None,
    architecture: Annotated[
        Path | None, typer.Option("--architecture", help="The JSON description of networks with weights alone.")
    ] = None,
    scale: ScaleOption = AUTO,
    checks: Annotated[
        str,
        typer.Option("--checks", help="What is done: prune, detect, repair, with commas.", rich_help_panel=EXAMINATION),
    ] = DEFAULT_CHECKS,
    layer: Annotated[
        str | None,
        typer.Option("--layer", help="As in prune; by default each network's own.", rich_help_panel=EXAMINATION),
    ] = None,
    order: Annotated[
        str, typer.Option("--order", help="As in prune.", rich_help_panel=EXAMINATION)
    ] = DEFAULT_ORDER.name,
    thresholds: Annotated[
        str,
        typer.Option(
            "--thresholds",
            help="Allowed drops of clean validation accuracy, in points.",
            rich_help_panel=EXAMINATION,
        ),
    ] = "2,4,10",
    detectors: Annotated[
        str | None, typer.Option("--detectors", help="As in detect; by default all.", rich_help_panel=EXAMINATION)
    ] = None,
    method: Annotated[
        str, typer.Option("--method", help="As in repair.", rich_help_panel=EXAMINATION)
    ] = DEFAULT_METHOD.name,
    seed: SeedOption = 0,
    time_limit: Annotated[
        float,
        typer.Option("--time-limit", min=1.0, help="Seconds that a network may take.", rich_help_panel=EXAMINATION),
    ] = DEFAULT_LIMIT_S,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            max=512,
            help="Worker processes of this machine; by default as many as cores and memory allow.",
            rich_help_panel=WORKERS,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            help="A running Dask scheduler in their place, such as tcp://host:8786.",
            rich_help_panel=WORKERS,
        ),
    ] = None,
    tls: Annotated[
        tuple[Path, Path, Path] | None,
        typer.Option(
            "--tls",
            metavar="CA CERTIFICATE KEY",
            help="Files in PEM format for a scheduler at tls://….",
            rich_help_panel=WORKERS,
        ),
    ] = None,
    dashboard: Annotated[
        int | None,
        typer.Option(
            "--dashboard",
            min=0,
            max=65535,
            help="Show Dask's dashboard at this port of this machine.",
            rich_help_panel=WORKERS,
        ),
    ] = None,
    retry: Annotated[
        bool,
        typer.Option("--retry", help="Try networks again that crashed their worker or reached the time limit before."),
    ] = False,
    fail_on: Annotated[
        FailOn | None,
        typer.Option("--fail-on", help="Exit with status 4 if a verdict is this or worse; by default not."),
    ] = None,
    progress: Annotated[
        bool | None,
        typer.Option(
            "--progress/--no-progress", help="Progress on stderr: a bar on a terminal, a line now and then elsewhere."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Examine many networks, in many processes or on many machines, and write one table.

    Files in the folder: audit.sqlite (the journal, which the same command
    goes on from), audit.csv, audit.html, audit.sarif, audit.parquet if
    pyarrow is installed, and models/…, with the reports of each network. The
    exit status is 0; 3 if a network was refused or could not be examined; 4
    if a verdict is what --fail-on says; 130 if the audit was stopped.

    Ctrl-C once: no more networks are begun, those in work come to their end,
    and the tables of what there is are written. Ctrl-C twice: it ends at
    once, without tables, and those in work are lost.

    To go on with an audit that was stopped, or whose process died, give the
    same command with the same --out. Networks that are in the journal are not
    examined again, except with --retry those that crashed their worker or
    reached the time limit.
    """
    from core.command_line.commands.audit import AuditOptions, audit  # noqa: PLC0415  # only on use

    if scheduler is not None and workers is not None:
        raise typer.BadParameter("give --workers or --scheduler, not both", param_hint="--workers")
    if scheduler is None and tls is not None:
        raise typer.BadParameter("certificates are for --scheduler", param_hint="--tls")
    if ORDERS.find(order) is None:
        raise typer.BadParameter(f"must be one of {', '.join(ORDERS.names)}", param_hint="--order")
    if METHODS.find(method) is None:
        raise typer.BadParameter(f"must be one of {', '.join(METHODS.names)}", param_hint="--method")
    if layer is not None:
        check_layer_names(layer, hint="--layer")
    wanted = typed_detectors(detectors) if detectors is not None else None
    settings = AuditSettings(
        checks=typed_checks(checks),
        layer=layer,
        order=order,
        thresholds=typed_thresholds(thresholds),
        detectors=None if wanted is None else tuple(each.name for each in wanted),
        method=method,
        seed=seed,
        limit_s=time_limit,
    )
    options = AuditOptions(
        models=tuple(models),
        common=CommonFiles(
            validation=validation,
            test=test,
            **typed_attacks(poisoned, target),
            scale=typed_scale(scale),
            architecture=architecture,
        ),
        settings=settings,
        cluster=ClusterOptions(workers, scheduler, tls, dashboard),
        retries_failures=retry,
        fail_on=None if fail_on is None else fail_on.outcome,
        out=out,
        is_json=json,
        has_progress=progress,
        command_line=tuple(sys.argv[1:]),
    )
    raise typer.Exit(run_job(lambda monitor: Status(audit(options, monitor)), has_progress=False))


def typed_checks(text: str) -> tuple[AuditCheck, ...]:
    """Read checks separated by commas; they are made in the order of `AuditCheck`.

    Raises:
        typer.BadParameter: one is unknown or repeated.
    """
    names = [each.strip().lower() for each in text.split(",")]
    known = [each.value for each in AuditCheck]
    for place, name in enumerate(names):
        if name not in known:
            raise typer.BadParameter(f"must be some of {', '.join(known)}, got '{name}'", param_hint="--checks")
        if name in names[:place]:
            raise typer.BadParameter(f"each check must be given once, got '{name}' twice", param_hint="--checks")
    return tuple(each for each in AuditCheck if each.value in names)
