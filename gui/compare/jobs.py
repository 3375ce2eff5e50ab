"""Jobs that open, build, count, save and export compared networks.

The engine is imported inside the callables, in the worker thread, so that the window opens before TensorFlow loads.
"""

# ruff: noqa: PLC0415 - the engine is imported late on purpose

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.compare.comparison import Candidate, Comparison
from core.monitor import Monitor
from core.thread_pool import run_aside
from gui.export.report_pdf import write_report_pdf
from gui.job_runner import Job
from gui.state.compared import ComparedNetwork, CompareInputs, Counted, NetworkOrigin
from gui.state.masked_network import MaskedNetwork

if TYPE_CHECKING:
    from core.network.model_saving import SavedModel


@dataclass(frozen=True, slots=True, eq=False)
class NetworkToSave:
    """A network to save, and the inputs of its G.

    Attributes:
        network: the compared network.
        inputs: B, and the images that the written file is checked on.
        level: the confidence level of G by confidence; None if it is not known.
    """

    network: ComparedNetwork
    inputs: CompareInputs
    level: float | None


def open_compared(path: Path, name: str, inputs: CompareInputs) -> Job:
    """Return a job that opens a repaired network's file and counts it; it returns a `ComparedNetwork`."""

    def job(monitor: Monitor) -> ComparedNetwork:
        from core.compare.candidate_file import open_candidate

        base, probe = inputs.evaluation.network, inputs.evaluation.probe()
        candidate = open_candidate(path, base, monitor, name=name, probe=probe)
        network = _compared(candidate, NetworkOrigin.FILE, inputs, monitor)
        return replace(network, path=path, sha256=candidate.sha256)

    return job


def build_compared(masked: MaskedNetwork, name: str, how: str, inputs: CompareInputs) -> Job:
    """Return a job that builds the pruned network and counts it; it returns a `ComparedNetwork`."""

    def job(monitor: Monitor) -> ComparedNetwork:
        from core.network.rebuild import build_pruned

        assert masked.layer is not None and masked.channel_mask is not None
        monitor.checkpoint("Building the network")
        build = partial(
            build_pruned,
            masked.network,
            layer=masked.layer,
            channel_mask=masked.channel_mask,
            reader=masked.reader,
            probe=inputs.evaluation.probe(),
        )
        model = run_aside(build, while_waiting=monitor.stop_if_asked)
        return _compared(Candidate(name, how, model), NetworkOrigin.PRUNED, inputs, monitor)

    return job


def count_compared(networks: Sequence[ComparedNetwork], inputs: CompareInputs) -> Job:
    """Return a job that counts networks on the open files; it returns new records, in the same order."""

    def job(monitor: Monitor) -> tuple[ComparedNetwork, ...]:
        candidates = [Candidate(each.name, each.how, each.pruned.model, each.own_level) for each in networks]
        counted = _counted(candidates, inputs, monitor)
        return tuple(replace(each, counted=figures) for each, figures in zip(networks, counted, strict=True))

    return job


def save_compared(
    kind: str, path: Path, saved: NetworkToSave, *, forbidden: tuple[Path, ...], may_replace: bool
) -> Job:
    """Return a job that saves B′ or G and reads the file back; it returns a `SavedModel`.

    Args:
        kind: "pruned" for B′, "repaired" for G by agreement, "by_confidence" for G by confidence.
        path: the file to write, ".keras" or ".h5".
        saved: the network.
        forbidden: the open files, which are never overwritten.
        may_replace: whether the user agreed to replace an existing file.
    """

    def job(monitor: Monitor) -> "SavedModel":
        from core.network.model_saving import save_model
        from core.network.rebuild import build_repaired

        monitor.checkpoint("Building the network")
        probe = saved.inputs.evaluation.probe()
        model = saved.network.pruned.model
        if kind != "pruned":
            level = saved.level if kind == "by_confidence" else None
            base = saved.inputs.evaluation.network
            build = partial(build_repaired, base, model, confidence_level=level, probe=probe)
            model = run_aside(build, while_waiting=monitor.stop_if_asked)
        return save_model(
            model,
            path,
            probe=probe,
            scale=saved.inputs.evaluation.known_scale,
            forbidden=forbidden,
            overwrite=may_replace,
            monitor=monitor,
        )

    return job


def export_comparison(
    kind: str, path: Path, *, comparison: Comparison, inputs: CompareInputs, networks: Sequence[ComparedNetwork]
) -> Job:
    """Return a job that exports the table, the scatter or the report; it returns the path.

    Args:
        kind: "csv", "json", "png", "svg", "report" or "pdf" (the report as PDF).
        path: the file to write.
        comparison: the counted networks.
        inputs: the files that they were counted on.
        networks: the networks of its rows, in the same order.
    """

    def job(monitor: Monitor) -> Path:
        from core.report.compare import files as comparison_files
        from core.report.compare.page import comparison_page_text, write_comparison_html
        from core.report.compare.record import NetworkFile, describe_comparison
        from core.report.compare.scatter_image import write_scatter_image

        monitor.checkpoint(f"Writing {path.name}")
        if kind in ("png", "svg"):
            write_scatter_image(path, comparison)
            return path
        report = describe_comparison(
            inputs.evaluation,
            comparison,
            files=[NetworkFile(str(each.path), each.sha256) if each.path is not None else None for each in networks],
        )
        if kind == "csv":
            comparison_files.write_comparison_csv(path, report)
        elif kind == "json":
            comparison_files.write_comparison_json(path, report, files=(path.name,))
        elif kind == "pdf":
            write_report_pdf(path, comparison_page_text(report))
        else:
            write_comparison_html(path, report)
        return path

    return job


def _compared(candidate: Candidate, origin: NetworkOrigin, inputs: CompareInputs, monitor: Monitor) -> ComparedNetwork:
    from core.network.network import Network

    (counted,) = _counted([candidate], inputs, monitor)
    network = Network(candidate.model, path=inputs.evaluation.network.summary.path)
    return ComparedNetwork(candidate.name, candidate.how, origin, network, counted)


def _counted(candidates: Sequence[Candidate], inputs: CompareInputs, monitor: Monitor) -> tuple[Counted, ...]:
    from core.compare.job import compare_networks

    rate = inputs.false_alarm_rate
    comparison = compare_networks(inputs.evaluation, candidates, false_alarm_rate=rate, monitor=monitor)
    return tuple(Counted(inputs.evaluation, comparison.base, row) for row in comparison.rows)
