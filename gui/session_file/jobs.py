"""The jobs that save and open sessions.

The engine is imported inside the callables, in the worker, so that the window opens before TensorFlow loads.
"""

# ruff: noqa: PLC0415 - the engine is imported late on purpose

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.words import counted
from gui.job_runner import Job
from gui.session_file.autosave_folder import copies_folder
from gui.session_file.records import (
    MAY_LACK,
    StoredDetection,
    StoredFiles,
    StoredNetworks,
    StoredPruning,
    StoredRun,
    StoredSession,
)
from gui.state.compared import ComparedNetwork
from gui.state.pruning_run import Run

if TYPE_CHECKING:
    from core.session_file.encoding import Encoder
    from core.session_file.links import Links, NetworkFiles
    from core.session_file.reading import MissingFile

LARGEST_COPY_BYTES = 256 * 2**20
"""Larger files are not copied into a session."""

_MEASURED = ("network", "validation", "test", "poisoned")  # the files that a curve is measured on


class MadeNetworkFiles:
    """Where the files of made networks are kept while the window is open; the engine's part is made in the worker."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._files: NetworkFiles | None = None

    def in_worker(self) -> "NetworkFiles":
        """Return the engine's part; called in the worker alone."""
        from core.session_file.links import NetworkFiles

        if self._files is None:
            if self._folder is None:
                self._temporary = tempfile.TemporaryDirectory(prefix="backdoor-inspector-")
                self._folder = Path(self._temporary.name)
            self._folder.mkdir(parents=True, exist_ok=True)
            self._files = NetworkFiles(self._folder)
        return self._files

    def clear(self) -> None:
        """Remove the files."""
        if self._temporary is not None:
            self._temporary.cleanup()


@dataclass(frozen=True, slots=True)
class SavePlan:
    """Where and how a session is saved.

    Attributes:
        path: the archive, or the folder.
        is_folder: whether it becomes a folder.
        has_copies: whether the files that were open are copied into it.
        is_automatic: whether nobody asked for it; then the copies of an earlier session stay where they are.
    """

    path: Path
    is_folder: bool = False
    has_copies: bool = False
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class SavedAs:
    """A session that was saved.

    Attributes:
        plan: where and how.
        left_out: what could not be stored, a sentence each.
    """

    plan: SavePlan
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class OpenedSession:
    """A session that was read.

    Attributes:
        path: its archive or folder.
        stored: what it holds, as far as the files it needs are there.
        runs: its runs as the window keeps them, in the order of `stored.pruning.runs`.
        missing: files that are not there, or have changed.
        left_out: what could not be opened, a sentence each.
        is_folder: whether it is a folder.
        has_copies: whether it contains copies of files that were open.
    """

    path: Path
    stored: StoredSession
    runs: tuple[Any, ...]
    missing: tuple["MissingFile", ...]
    left_out: tuple[str, ...]
    is_folder: bool
    has_copies: bool


def save_session(stored: StoredSession, plan: SavePlan, *, networks: MadeNetworkFiles) -> Job:
    """Return a job that writes a session; it returns a `SavedAs`."""

    def job(monitor: Monitor) -> SavedAs:
        from core.session_file.writing import write_archive, write_folder

        content, left_out = _content(stored, plan, networks.in_worker(), monitor)
        (write_folder if plan.is_folder else write_archive)(plan.path, content, monitor=monitor)
        return SavedAs(plan, left_out)

    return job


def _content(stored: StoredSession, plan: SavePlan, networks: "NetworkFiles", monitor: Monitor) -> Any:
    from core.session_file.encoding import Encoder
    from core.session_file.links import Links
    from core.session_file.writing import SessionContent

    files = stored.files
    unlabelled = [files.unlabelled, *(each.inputs.unlabelled for each in stored.networks.repairs)]
    kept = stored.detection.kept
    if kept is not None and not kept.inputs.has_labels:
        unlabelled.append(kept.inputs.dataset)
    links = Links(
        base=files.network,
        unlabelled=[each for each in unlabelled if each is not None],
        networks=networks,
        monitor=monitor,
    )
    encoder = Encoder(links.link)
    stored, left_out = _storable(stored, encoder)
    state = encoder.encode(stored)
    copies, not_copied = ({}, []) if plan.is_automatic else _copied(links, plan)
    document = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "contents": stored.contents,
        "state": state,
        "sets": encoder.encode(tuple(links.sets)),
        "files": encoder.encode(tuple(links.files)),
        "objects": encoder.objects,
    }
    members = {f"networks/{name}.keras": path for name, path in links.network_files.items()}
    content = SessionContent(document, encoder.arrays, {**members, **copies}, _tables(stored.pruning))
    return content, (*left_out, *not_copied)


def _storable(stored: StoredSession, encoder: "Encoder") -> tuple[StoredSession, list[str]]:
    """Return a session without what cannot be stored exactly, and a sentence for each of these."""
    from core.session_file.encoding import NotStorableError

    left_out: list[str] = []

    def is_storable(value: object, what: str) -> bool:
        try:
            encoder.encode(value)
        except NotStorableError as error:
            left_out.append(f"{what} cannot be stored exactly, so the session does not have it: {error}.")
            return False
        return True

    networks, pruning, detection = stored.networks, stored.pruning, stored.detection
    compared = tuple(each for each in networks.compared if is_storable(each, f"“{each.name}”"))
    kept = [each.kept for each in compared]
    repairs = tuple(each for each in networks.repairs if each in kept)
    runs = tuple(each for each in pruning.runs if is_storable(each, "A run"))
    has_detection = detection.kept is None or is_storable(detection, "The detection")
    return (
        replace(
            stored,
            networks=replace(
                networks,
                compared=compared,
                repairs=repairs,
                classified=networks.classified if networks.classified in compared else None,
                shown_repair=networks.shown_repair if networks.shown_repair in repairs else None,
            ),
            pruning=replace(pruning, runs=runs, shown=pruning.shown if pruning.shown in runs else None),
            detection=detection if has_detection else replace(detection, kept=None),
        ),
        left_out,
    )


def _copied(links: "Links", plan: SavePlan) -> tuple[dict[str, Path], list[str]]:
    """Note copies of the files that were open; return them by name, and why others are not copied.

    Files that an earlier session contained are copied in any case: what windows keep of them is removed some time.
    """
    copies: dict[str, Path] = {}
    sentences = []
    kept = copies_folder()
    for place, each in enumerate(links.files):
        if not (plan.has_copies or each.path.is_relative_to(kept)):
            continue
        suffix = "".join(one for one in each.path.suffix.lower() if one.isascii() and one.isalnum())[:8] or "bin"
        name = f"inputs/i{place}.{suffix}"
        if not each.path.is_file():
            sentences.append(f"{each.path.name} is no single file, so no copy of it is in the session.")
        elif each.path.stat().st_size > LARGEST_COPY_BYTES:
            size = f"{LARGEST_COPY_BYTES // 2**20} MiB"
            sentences.append(f"{each.path.name} is larger than {size}, so no copy of it is in the session.")
        elif _digest(each.path) != each.sha256:
            sentences.append(f"{each.path.name} has changed since it was opened, so no copy of it is in the session.")
        else:
            copies[name] = each.path
            links.files[place] = replace(each, copy=name)
    return copies, sentences


def _digest(path: Path) -> str:
    from core.intake.source import open_source, sha256_of

    with open_source(path) as file:
        return sha256_of(file)


def _tables(pruning: StoredPruning) -> dict[str, bytes]:
    """Return the curves as tables for people."""
    from core.report.prune.curve_csv import write_curve_csv

    tables = {}
    with tempfile.TemporaryDirectory(prefix="backdoor-inspector-") as folder:
        for number, run in enumerate(pruning.runs, start=1):
            if run.sweep is not None:
                path = Path(folder) / "curve.csv"
                write_curve_csv(path, run.sweep)
                tables[f"run-{number}"] = path.read_bytes()
    return tables


def open_session(path: Path, *, found: Mapping[int, Path], copies: Path) -> Job:
    """Return a job that reads a session and opens the files that it was made with; it returns an `OpenedSession`.

    Args:
        path: the archive or folder.
        found: where a person found files of the session, by their positions.
        copies: a folder for the copies of files that the session contains.
    """

    def job(monitor: Monitor) -> OpenedSession:
        from core.session_file.reading import SavedSession, guarded
        from gui.session_file.checks import check_session

        saved = SavedSession(path, found=found, copies=copies, may_lack=MAY_LACK, monitor=monitor)

        def read() -> OpenedSession:
            saved.open_all()
            stored: StoredSession = saved.decoder.decode(StoredSession, saved.document.get("state"), where="state")
            left_out = _lacking(saved.decoder.lacking)
            if any((StoredFiles, name) in saved.decoder.lacking for name in _MEASURED) and stored.pruning.runs:
                pruning = replace(stored.pruning, runs=(), shown=None, hand_mask=None, hand_point=None)
                stored = replace(stored, pruning=pruning)
                left_out.append("The runs were made with files that are missing, so they were not opened.")
            check_session(stored)
            runs = tuple(_run_of(each, stored) for each in stored.pruning.runs)
            return OpenedSession(
                path,
                stored,
                runs,
                tuple(saved.missing),
                tuple(left_out),
                is_folder=path.is_dir(),
                has_copies=any(each.copy for each in saved.files),
            )

        opened: OpenedSession = guarded(read)
        return opened

    return job


def _lacking(lacking: Sequence[tuple[type, str]]) -> list[str]:
    """Say what was left out because it belongs to files that are not there."""
    counts = Counter(lacking)
    sentences = []
    if count := counts[ComparedNetwork, "counted"]:
        sentences.append(
            f"The figures of {counted(count, 'network')} of the comparison belong to files that are missing: they are "
            "open without figures."
        )
    if counts[StoredNetworks, "compared"]:
        sentences.append("The networks of the comparison were made of a model that is missing.")
    if counts[StoredDetection, "kept"]:
        sentences.append("The detection belongs to files that are missing, so it was not opened.")
    return sentences


def _run_of(stored: StoredRun, session: StoredSession) -> Run:
    """Return a run as the window keeps it; its evaluator is made when it is needed."""
    run = Run(stored.settings, stored.poisoned_sets, stored.ranking, stored.bypass, stored.estimate)
    if stored.sweep is not None:
        from core.sweep.evaluator_on_demand import EvaluatorOnDemand
        from core.sweep.inspection import Inspection

        files, settings = session.files, stored.settings
        assert files.network is not None and files.validation is not None
        network = files.network.with_tensor(settings.tensor)
        inputs = EvaluationInputs(network, files.validation, files.test, files.poisoned, settings.scale)
        evaluator = EvaluatorOnDemand(inputs, layer=settings.layer, sweep=stored.sweep)
        run.finish(Inspection(stored.sweep, stored.scale_finding, evaluator))
    return run
