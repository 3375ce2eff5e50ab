"""Jobs that repair a network, save it and export its results.

The engine is imported inside the callables, in the worker thread, so that the window opens before TensorFlow loads.
"""

# ruff: noqa: PLC0415 - the engine is imported late on purpose

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.monitor import Monitor
from core.report.repair.command import command_line
from core.thread_pool import run_aside
from gui.export.report_pdf import write_report_pdf
from gui.job_runner import Job
from gui.state.repairs import KeptRepair, RepairInputs, figures_of

if TYPE_CHECKING:
    from core.network.model_saving import SavedModel


def repair(inputs: RepairInputs, name: str) -> Job:
    """Return a job that repairs a network; it publishes its progress and returns a `KeptRepair`."""

    def job(monitor: Monitor) -> KeptRepair:
        from core.compare.comparison import how_repaired
        from core.network.network import Network
        from core.repair.job import repair_network
        from core.report.repair.record import describe_repair, repair_sentences

        request = inputs.request()
        done = repair_network(request, monitor=monitor)
        report = describe_repair(request, done, command_line=command_line(request))
        refit = report.refit
        return KeptRepair(
            name=name,
            how=how_repaired(done),
            inputs=inputs,
            repair=done,
            report=report,
            pruned=Network(done.model, path=inputs.evaluation.network.summary.path),
            figures=figures_of(
                done.before,
                done.by_agreement,
                by_confidence=done.by_confidence,
                level=done.level,
                held_out=done.held_out,
            ),
            history=refit.history if refit else (),
            kept_epoch=refit.kept_epoch if refit else 0,
            sentences=repair_sentences(report),
            is_cut_short=done.is_cut_short,
            recipe=done.recipe,
            notes=report.origin.notes,
            examples=done.examples,
        )

    return job


def save_repair(kind: str, path: Path, kept: KeptRepair, *, forbidden: tuple[Path, ...], may_replace: bool) -> Job:
    """Return a job that saves B′ or G of a repair and reads the file back; it returns a `SavedModel`.

    Args:
        kind: "pruned" for B′, "repaired" for G by agreement, "by_confidence" for G by confidence.
        path: the file to write, ".keras" or ".h5".
        kept: the repair.
        forbidden: the open files, which are never overwritten.
        may_replace: whether the user agreed to replace an existing file.
    """

    def job(monitor: Monitor) -> "SavedModel":
        from core.network.model_saving import save_model
        from core.network.rebuild import build_repaired

        monitor.checkpoint("Building the network")
        probe = replace(kept.inputs.evaluation, scale=kept.repair.scale).probe()
        model = kept.repair.model
        if kind != "pruned":
            level = kept.repair.level.level if kind == "by_confidence" else None
            base = kept.inputs.evaluation.network
            build = partial(build_repaired, base, model, confidence_level=level, probe=probe)
            model = run_aside(build, while_waiting=monitor.stop_if_asked)
        return save_model(
            model,
            path,
            probe=probe,
            scale=kept.repair.scale,
            forbidden=forbidden,
            overwrite=may_replace,
            monitor=monitor,
        )

    return job


def export_repair(kind: str, path: Path, kept: KeptRepair) -> Job:
    """Return a job that exports the results of a repair; it returns the path.

    Args:
        kind: "csv" (its epochs), "json", "report" or "pdf" (the report as PDF).
        path: the file to write.
        kept: the repair.
    """

    def job(monitor: Monitor) -> Path:
        from core.report.repair import files as repair_files

        monitor.checkpoint(f"Writing {path.name}")
        if kind == "csv":
            repair_files.write_history_csv(path, kept.report)
        elif kind == "json":
            repair_files.write_repair_json(path, kept.report, files=(path.name,))
        elif kind == "pdf":
            write_report_pdf(path, repair_files.repair_page_text(kept.report))
        else:
            repair_files.write_repair_html(path, kept.report)
        return path

    return job
