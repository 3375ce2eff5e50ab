"""The examination of one network on a worker: opening, measuring, pruning, detection, repair; each with its report."""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras

from core.audit.examination.open_sets import OpenSets
from core.audit.examination.work import Work
from core.audit.records import AuditCheck, AuditRow, CurvePoint, Ending
from core.channels import NO_LAYERS, LayerSet
from core.data.dataset import Dataset
from core.detect.detectors.registry import DETECTORS
from core.detect.job import DetectionRequest, check_suits, checked_verdict, detect
from core.detect.records import NEXT_CLASS
from core.detect.verdict import Outcome
from core.errors import Cancelled, ExportError, InspectorError
from core.findings.scale_finding import ScaleFinding, ScaleReason
from core.intake.room.freed import exempt_from_garbage_search, trim_memory
from core.metrics.evaluation import evaluate
from core.metrics.interpretation import interpret_sets
from core.metrics.scale_search import clean_images, find_scale
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network, open_network
from core.order.orders.registry import ORDERS
from core.records import AttackKind
from core.repair.checks import check_layers
from core.repair.choices import RefitChoices
from core.repair.job import RepairRequest, repair_network
from core.repair.methods.registry import METHODS
from core.report.detect.folder import FILES as DETECTION_FILES
from core.report.detect.folder import write_detection_files
from core.report.detect.record import describe_detection
from core.report.prune.folder import write_pruning_files
from core.report.prune.record import describe_inspection
from core.report.prune.verdict import find_verdict
from core.report.repair.folder import NETWORKS, save_networks, write_repair_files
from core.report.repair.record import describe_repair
from core.scale import Scale, scale_word
from core.sweep.inspection import InspectionRequest, inspect
from core.sweep.records import Sweep
from core.sweep.stops import find_stops
from core.words import points

MOST_POINTS = 120
"""The most points of the curve in a row; results files have all."""

NO_CLEAN_IMAGES = "No clean images are given, so only what needs none was examined."
NO_LAYER = "It has no convolution that can be pruned."
NO_SCALE = "Nothing says what it reads for a pixel: give clean images, or a scale."


@dataclass(frozen=True, slots=True)
class _Opened:
    """An opened network with its sets."""

    network: Network
    validation: Dataset | None
    test: Dataset | None
    poisoned: tuple[Dataset, ...]
    scale: Scale | None
    finding: ScaleFinding | None


def examine(work: Work, sets: OpenSets, folder: Path, monitor: Monitor) -> AuditRow:
    """Examine one network and write a report of each check; whatever it is, there is a row.

    A network or a set that is refused gives a row that says so. A check that cannot be made is a note of the row, and
    the others are made.

    Args:
        work: the network, its sets and the settings.
        sets: the sets that this worker has open.
        folder: where the reports go, each into a folder named after its check.
        monitor: can cancel.

    Raises:
        Cancelled: the job was cancelled.
        ExportError: a report could not be written.
    """
    begin_s = time.monotonic()
    row = AuditRow(work.key, work.entry.name, str(work.entry.model), work.sha256, Ending.FINISHED)
    try:
        network = open_network(work.entry.model, monitor=monitor, architecture=work.entry.architecture)
        summary = network.summary
        row = replace(
            row,
            input_shape=tuple(summary.input_shape),
            class_count=summary.class_count,
            parameter_count=summary.parameter_count,
        )
        row = _examined(row, work, _with_sets(network, work, sets, monitor), folder, monitor)
    except (Cancelled, ExportError):
        raise
    except InspectorError as error:
        row = replace(row, ending=Ending.REFUSED, code=error.code, sentence=" ".join(str(error).split()))
    finally:
        keras.backend.clear_session()  # collects garbage, too
        _exempt_imports()
        trim_memory()
    finished = datetime.now(UTC).replace(microsecond=0).isoformat()
    return replace(row, seconds=round(time.monotonic() - begin_s, 2), finished=finished)


@functools.cache
def _exempt_imports() -> None:
    """After the first network, exempt what its checks imported from the search for garbage after each further one."""
    exempt_from_garbage_search()


def _examined(row: AuditRow, work: Work, opened: _Opened, folder: Path, monitor: Monitor) -> AuditRow:
    if opened.scale is not None:
        how = "given" if work.entry.scale is not None else "stored" if _is_stored(opened) else "found"
        row = _measured(replace(row, scale=scale_word(opened.scale), scale_how=how), opened, monitor)
    elif opened.poisoned:
        row = _with_note(row, NO_SCALE)
    if opened.validation is None:
        row = _with_note(row, NO_CLEAN_IMAGES)
    checks: dict[AuditCheck, Callable[..., AuditRow]] = {
        AuditCheck.PRUNE: _pruned,
        AuditCheck.DETECT: _detected,
        AuditCheck.REPAIR: _repaired,
    }
    for check, run in checks.items():
        if check not in work.settings.checks:
            continue
        try:
            row = run(row, work, opened, folder, monitor)
        except ExportError:
            raise
        except InspectorError as error:
            row = _with_note(row, f"{check.value.capitalize()}: {' '.join(str(error).split())}")
    return row


def _with_sets(network: Network, work: Work, sets: OpenSets, monitor: Monitor) -> _Opened:
    entry = work.entry

    def opened(path: Path | None) -> Dataset | None:
        return None if path is None else sets.open(path, work.hashes[str(path)], network, monitor)

    validation, test = opened(entry.validation), opened(entry.test)
    attacks = tuple(
        sets.open(path, work.hashes[str(path)], network, monitor).aimed_at(target, class_count=network.class_count)
        for path, target in zip(entry.poisoned, entry.targets, strict=True)
    )
    scale, finding = entry.scale, None
    if scale is None:
        known = test if validation is None else clean_images(validation, test)
        finding = None if known is None else find_scale(network, known, monitor=monitor)
        scale = network.summary.scale if finding is None else finding.scale
    if scale is not None:
        clean = [each for each in (validation, test) if each is not None]
        attacks = interpret_sets(network, attacks, clean=clean, scale=scale, monitor=monitor)
    return _Opened(network, validation, test, attacks, scale, finding)


def _is_stored(opened: _Opened) -> bool:
    """Whether what the network reads for a pixel was taken from its file."""
    return opened.finding is None or opened.finding.reason is ScaleReason.STORED


def _measured(row: AuditRow, opened: _Opened, monitor: Monitor) -> AuditRow:
    assert opened.scale is not None
    found = evaluate(
        opened.network,
        validation=opened.validation,
        test=opened.test,
        poisoned=opened.poisoned,
        scale=opened.scale,
        monitor=monitor,
    )
    names = [each.name for each in opened.poisoned]
    return replace(
        row,
        validation=found.validation,
        test=found.test,
        attacks=tuple(zip(names, found.poisoned, strict=True)),
    )


def _pruned(row: AuditRow, work: Work, opened: _Opened, folder: Path, monitor: Monitor) -> AuditRow:
    if opened.validation is None:
        return row
    network = opened.network
    if not network.summary.layers:
        return _with_note(row, NO_LAYER)
    settings = work.settings
    layer = LayerSet.of(network.default_layer()) if settings.layer is None else network.parse_layers(settings.layer)
    inputs = EvaluationInputs(network, opened.validation, opened.test, opened.poisoned, opened.scale)
    request = InspectionRequest(inputs, layer=layer, order=ORDERS.get(settings.order))
    inspection = inspect(request, monitor=monitor)
    if inspection.scale_finding is None:
        inspection = replace(inspection, scale_finding=opened.finding)
    stops = find_stops(inspection.sweep, settings.thresholds)
    words = (
        *_opening(work, "prune"),
        *(("--layer", settings.layer) if settings.layer else ()),
        *("--order", settings.order, "--thresholds", ",".join(points(each) for each in settings.thresholds)),
    )
    report = describe_inspection(request, inspection, stops=stops, command_line=words)
    write_pruning_files(_made(folder, AuditCheck.PRUNE), report, monitor=monitor)
    verdict = find_verdict(inspection.sweep, stops, report.origin.cautions)
    shape = verdict.shapes[0].shape.value if verdict.shapes else ""
    return replace(row, shape=shape, headline=verdict.headline, curve=thinned(inspection.sweep))


def _detected(row: AuditRow, work: Work, opened: _Opened, folder: Path, monitor: Monitor) -> AuditRow:
    if opened.scale is None:
        return _with_note(row, NO_SCALE)
    wanted = work.settings.detectors
    request = DetectionRequest(
        opened.network,
        opened.scale,
        dataset=opened.validation,
        detectors=tuple(each for each in DETECTORS if wanted is None or each.name in wanted),
        seed=work.settings.seed,
    )
    check_suits(request)
    found = detect(request, monitor)
    monitor.stop_if_asked()
    verdict = checked_verdict(found)
    words = (
        *_opening(work, "detect", is_clean=True),
        *(("--detectors", ",".join(wanted)) if wanted is not None else ()),
        *("--seed", str(work.settings.seed)),
    )
    report = describe_detection(
        found,
        verdict,
        scale_finding=opened.finding,
        is_scale_given=work.entry.scale is not None,
        command_line=words,
        monitor=monitor,
    )
    names = (*DETECTION_FILES, *report.file_names)
    write_detection_files(_made(folder, AuditCheck.DETECT), report, names=names, monitor=monitor)
    return replace(
        row,
        verdict=verdict.outcome.value,
        probability=float(verdict.probability),
        classes=tuple(int(each) for each in verdict.classes),
        is_all_to_all=verdict.is_all_to_all,
    )


def _repaired(row: AuditRow, work: Work, opened: _Opened, folder: Path, monitor: Monitor) -> AuditRow:
    if opened.validation is None:
        return row
    method = METHODS.get(work.settings.method)
    inputs = EvaluationInputs(opened.network, opened.validation, opened.test, opened.poisoned, opened.scale)
    layers = check_layers(opened.network, NO_LAYERS, method=method) if method.is_pruning else NO_LAYERS
    seed = work.settings.seed
    request = RepairRequest(
        inputs,
        method=method,
        layers=layers,
        settings=method.default_settings(seed=seed, has_unlabelled=False),
        mask_settings=method.mask_settings(RefitChoices(), seed=seed),
        suspects=_suspects(row) if method.is_unlearning else (),
    )
    repaired = repair_network(request, monitor=monitor)
    monitor.stop_if_asked()
    place = _made(folder, AuditCheck.REPAIR)
    saves = save_networks(place, request, repaired, on_failed=lambda _error: None, monitor=monitor)
    words = (*_opening(work, "repair"), "--method", method.name, "--seed", str(seed))
    if request.suspects:
        words += (
            "--suspects",
            ",".join(AttackKind.NEXT if each == NEXT_CLASS else str(each) for each in request.suspects),
        )
    report = describe_repair(request, repaired, command_line=words, not_saved=saves.sentences)
    curves = ["curve.csv", *(f"curve_{number}.csv" for number in range(2, len(report.sweeps) + 1))]
    curves = curves[: len(report.sweeps)]
    saved = [each for each in NETWORKS if each not in saves.failed]
    names = (*curves, "history.csv", "results.json", *saved, "report.html")
    write_repair_files(place, report, names=names, curves=curves, monitor=monitor)
    outcome = report.verdict.outcome
    row = replace(row, repair="not known" if outcome is None else outcome.value, repaired=report.verdict.figures)
    for sentence in saves.sentences:
        row = _with_note(row, sentence)
    return row


def _suspects(row: AuditRow) -> tuple[int, ...]:
    """Return the classes that the detection found a backdoor to; a shortlist of a suspicious network is none."""
    if row.is_all_to_all:
        return (NEXT_CLASS,)
    return row.classes if row.verdict == Outcome.BACKDOORED.value else ()


def _made(folder: Path, check: AuditCheck) -> Path:
    made = folder / check.value
    made.mkdir(parents=True, exist_ok=True)
    return made


def thinned(sweep: Sweep, most: int = MOST_POINTS) -> tuple[CurvePoint, ...]:
    """Return a curve with at most this many points: the first, the last, and others in equal distances."""
    count = len(sweep.points)
    chosen = range(count) if count <= most else sorted({round(i * (count - 1) / (most - 1)) for i in range(most)})
    made = []
    for place in chosen:
        point = sweep.points[place]
        attacks = [score.pruned.rate for score in point.poisoned if score.pruned.total]
        if point.validation is not None:
            accuracy = point.validation.pruned.rate
            made.append(CurvePoint(point.pruned_count, accuracy, max(attacks, default=None)))
    return tuple(made)


def _opening(work: Work, command: str, *, is_clean: bool = False) -> tuple[str, ...]:
    """Return the words of the command that makes the same report."""
    entry = work.entry
    words: list[Any] = [command, "--model", entry.model]
    words += ["--architecture", entry.architecture] if entry.architecture else []
    words += ["--validation", entry.validation] if entry.validation else []
    if not is_clean:
        words += ["--test", entry.test] if entry.test else []
        for path, target in zip(entry.poisoned, entry.targets, strict=True):
            words += ["--poisoned", path, *(["--target", target] if target is not None else [])]
    words += list(entry.scale.option_words) if entry.scale is not None else []
    return (*(str(each) for each in words), "--out", command)


def _with_note(row: AuditRow, sentence: str) -> AuditRow:
    return row if sentence in row.notes else replace(row, notes=(*row.notes, sentence))
