"""The jobs of comparing: repaired networks are opened, built and counted.

The engine is imported inside the callables, in the worker, as in `jobs.py`.
"""

# ruff: noqa: PLC0415 - the point of this file is that the engine is imported late

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.compare.comparison import Candidate, Comparison
from core.monitor import Monitor
from gui.job_runner import Job
from gui.state.compared import ComparedNetwork, CompareInputs, Counted, NetworkOrigin
from gui.state.masked_network import MaskedNetwork

if TYPE_CHECKING:
    from core.network.model_file import SavedModel


@dataclass(frozen=True, slots=True, eq=False)
class NetworkToSave:
    """A repaired network and what G is made of.

    Attributes:
        network: B′ and B are in it.
        inputs: B, and images on which the file that was written must answer as the network does.
        level: the confidence that G asks for by that rule; None where it is not known.
    """

    network: ComparedNetwork
    inputs: CompareInputs
    level: float | None


def open_compared(path: Path, name: str, inputs: CompareInputs) -> Job:
    """Open a repaired network's file and count it; gives a `ComparedNetwork`."""

    def job(monitor: Monitor) -> ComparedNetwork:
        from core.compare.candidate_file import open_candidate

        base, probe = inputs.evaluation.network, inputs.evaluation.probe()
        candidate = open_candidate(path, base, monitor, name=name, probe=probe)
        network = _compared(candidate, NetworkOrigin.FILE, inputs, monitor)
        return replace(network, path=path, sha256=candidate.sha256)

    return job


def build_compared(masked: MaskedNetwork, name: str, how: str, inputs: CompareInputs) -> Job:
    """Build the pruned network and count it; gives a `ComparedNetwork`."""

    def job(monitor: Monitor) -> ComparedNetwork:
        from core.network.rebuild import build_pruned

        assert masked.layer is not None and masked.channel_mask is not None
        monitor.checkpoint("Building the network")
        model = build_pruned(
            masked.network,
            layer=masked.layer,
            channel_mask=masked.channel_mask,
            reader=masked.reader,
            probe=inputs.evaluation.probe(),
        )
        return _compared(Candidate(name, how, model), NetworkOrigin.PRUNED, inputs, monitor)

    return job


def count_compared(networks: Sequence[ComparedNetwork], inputs: CompareInputs) -> Job:
    """Count networks on the files that are open now; gives them anew, in the same order."""

    def job(monitor: Monitor) -> tuple[ComparedNetwork, ...]:
        candidates = [Candidate(each.name, each.how, each.pruned.model, each.own_level) for each in networks]
        counted = _counted(candidates, inputs, monitor)
        return tuple(replace(each, counted=figures) for each, figures in zip(networks, counted, strict=True))

    return job


def save_compared(
    kind: str, path: Path, saved: NetworkToSave, *, forbidden: tuple[Path, ...], may_replace: bool
) -> Job:
    """Save B′ or G, and read it back; gives a `SavedModel`.

    Args:
        kind: "pruned" for B′, "repaired" for G by agreement, "by_confidence" for G by confidence.
        path: where to, ".keras" or ".h5".
        saved: which network.
        forbidden: the open files, which are never written over.
        may_replace: whether the person agreed to replace what is there.
    """

    def job(monitor: Monitor) -> "SavedModel":
        from core.network.model_file import save_model
        from core.network.rebuild import build_repaired

        monitor.checkpoint("Building the network")
        probe = saved.inputs.evaluation.probe()
        model = saved.network.pruned.model
        if kind != "pruned":
            level = saved.level if kind == "by_confidence" else None
            model = build_repaired(saved.inputs.evaluation.network, model, confidence_level=level, probe=probe)
        return save_model(model, path, probe=probe, forbidden=forbidden, overwrite=may_replace, monitor=monitor)

    return job


def export_comparison(
    kind: str, path: Path, *, comparison: Comparison, inputs: CompareInputs, networks: Sequence[ComparedNetwork]
) -> Job:
    """Write the table, the scatter or the report of a comparison; gives the path.

    Args:
        kind: "csv", "json", "png", "svg" or "report".
        path: where to.
        comparison: what was counted.
        inputs: on what.
        networks: those of its rows, in the same order.
    """

    def job(monitor: Monitor) -> Path:
        from core.report.compare import files as comparison_files
        from core.report.compare.page import write_comparison_html
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
