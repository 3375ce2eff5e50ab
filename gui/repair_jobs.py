"""The jobs of repairing: a network is repaired, saved, and told of.

The engine is imported inside the callables, in the worker, as in `jobs.py`.
"""

# ruff: noqa: PLC0415 - the point of this file is that the engine is imported late

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.anp_settings import AnpSettings
from core.monitor import Monitor
from core.records import Scale
from gui.job_runner import Job
from gui.repair_command import command_line
from gui.repairs import KeptRepair, RepairSettings, figures_of

if TYPE_CHECKING:
    from core.dataset import Dataset
    from core.model_file import SavedModel
    from core.network import Network
    from core.repair_job import RepairRequest


@dataclass(frozen=True, slots=True, eq=False)
class RepairInputs:
    """What a repair is made of; `core.repair_job.RepairRequest` has the same fields."""

    network: "Network"
    validation: "Dataset"
    test: "Dataset | None"
    poisoned: tuple["Dataset", ...]
    unlabelled: "Dataset | None"
    settings: RepairSettings
    scale: Scale | None

    def request(self) -> "RepairRequest":
        """The engine's own record of it."""
        from core.repair_job import RepairRequest
        from core.threshold_pruning import check_layers

        settings = self.settings
        return RepairRequest(
            network=self.network,
            validation=self.validation,
            test=self.test,
            poisoned=self.poisoned,
            method=settings.method,
            layers=check_layers(self.network, settings.layers, method=settings.method)
            if settings.method.is_pruning
            else (),
            threshold=settings.threshold,
            settings=settings.refit,
            # Pictures without labels count by B's answers alone: a method that does not ask for those has no use.
            unlabelled=self.unlabelled if settings.uses_unlabelled else None,
            scale=self.scale,
            false_alarm_rate=settings.false_alarm_rate,
            mask_settings=AnpSettings(mask_threshold=settings.mask_threshold, seed=settings.seed),
            choices=settings.choices,
        )


def repair(inputs: RepairInputs, name: str) -> Job:
    """Repair a network; publishes as it goes and gives a `KeptRepair`."""

    def job(monitor: Monitor) -> KeptRepair:
        from core.comparison import how_repaired
        from core.network import Network
        from core.repair_job import repair_network
        from core.report.repair_record import describe_repair, how_told

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
            pruned=Network(done.model, path=inputs.network.summary.path),
            figures=figures_of(
                done.before,
                done.after,
                guarded=done.guarded,
                level=done.level,
                held_out=done.held_out,
            ),
            history=refit.history if refit else (),
            kept_epoch=refit.kept_epoch if refit else 0,
            sentences=how_told(report),
            is_cut_short=done.is_cut_short,
            recipe=done.recipe,
        )

    return job


def save_repair(kind: str, path: Path, kept: KeptRepair, *, forbidden: tuple[Path, ...], may_replace: bool) -> Job:
    """Save B′ or G of a repair, and read it back; gives a `SavedModel`.

    Args:
        kind: "pruned" for B′, "repaired" for G by agreement, "guarded" for G by confidence.
        path: where to, ".keras" or ".h5".
        kept: the repair.
        forbidden: the open files, which are never written over.
        may_replace: whether the person agreed to replace what is there.
    """

    def job(monitor: Monitor) -> "SavedModel":
        from core.model_file import save_model
        from core.probe import probe_of
        from core.repair import build_repaired

        monitor.checkpoint("Building the network")
        probe = probe_of(kept.inputs.request(), kept.repair.scale)
        model = kept.repair.model
        if kind != "pruned":
            level = kept.repair.level.level if kind == "guarded" else None
            model = build_repaired(kept.inputs.network, model, confidence_level=level, probe=probe)
        return save_model(model, path, probe=probe, forbidden=forbidden, overwrite=may_replace, monitor=monitor)

    return job


def export_repair(kind: str, path: Path, kept: KeptRepair) -> Job:
    """Write what is told of a repair; gives the path.

    Args:
        kind: "csv" (its epochs), "json" or "report".
        path: where to.
        kept: the repair.
    """

    def job(monitor: Monitor) -> Path:
        from core.report import repair_files

        monitor.checkpoint(f"Writing {path.name}")
        if kind == "csv":
            repair_files.write_history_csv(path, kept.report)
        elif kind == "json":
            repair_files.write_repair_json(path, kept.report, files=(path.name,))
        else:
            repair_files.write_repair_html(path, kept.report)
        return path

    return job
