"""Jobs that open files, and checks of the open files."""

# ruff: noqa: PLC0415 - the engine is imported in the worker, after the window is painted

from collections.abc import Collection, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from core.data import cautions
from core.data.dataset import Dataset, open_dataset
from core.environment import command_name
from core.errors import DatasetError, LabelOrderError, ModelFileError
from core.findings.label_order import LabelMap, LabelOrder
from core.findings.scale_finding import ScaleFinding
from core.intake import cache
from core.intake.data.choice import DataChoice
from core.intake.room.check import asking_first
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.recognition.records import FileRole, Recognition
from core.records import Interpretation
from core.scale import Scale
from gui.job_runner import Job
from gui.state.session import Role, Session, StartFiles

if TYPE_CHECKING:
    from core.network.network import Network
    from core.screen.verdict import FileVerdict


def open_model(path: Path, *, architecture: Path | None = None, is_large_allowed: bool = False) -> Job:
    """Return a job that opens a model file; it returns a `Network`.

    Args:
        path: the file.
        architecture: the file that describes its network, if it has weights alone.
        is_large_allowed: whether it may take much of the memory; otherwise it is refused with the code `needs-room`.
    """

    def job(monitor: Monitor) -> "Network":
        from core.network.network import open_network

        with nullcontext() if is_large_allowed else asking_first():
            return open_network(path, monitor=monitor, architecture=architecture)

    return job


def open_set(
    path: Path,
    *,
    network: "Network | None",
    has_labels: bool,
    is_clean: bool = False,
    choice: DataChoice | None = None,
    label_map: LabelMap | None = None,
    is_large_allowed: bool = False,
) -> Job:
    """Return a job that opens data and checks them against the open model; it returns a `Dataset`.

    Where the labels of clean images are no classes of the model, the error is a `LabelOrderError` if its answers tell
    their order.

    Args:
        path: the file or folder.
        network: the open model; None if none is open.
        has_labels: whether the labels are used.
        is_clean: whether the labels are the true ones.
        choice: the keys of images and labels, and the part that is preferred.
        label_map: the order of the labels that is in use.
        is_large_allowed: as for a model.
    """
    input_shape = None if network is None else network.summary.input_shape
    class_count = None if network is None or not has_labels else network.summary.class_count

    def opened(monitor: Monitor, limit: int | None) -> Dataset:
        with nullcontext() if is_large_allowed else asking_first():
            return open_dataset(
                path,
                input_shape=input_shape,
                class_count=limit,
                has_labels=has_labels,
                choice=choice,
                label_map=label_map,
                monitor=monitor,
            )

    def job(monitor: Monitor) -> Dataset:
        try:
            return opened(monitor, class_count)
        except DatasetError as error:
            if error.code != "wrong-labels" or network is None or not is_clean or label_map is not None:
                raise
            order = _order_of(network, opened(monitor, None), monitor)
            if order is None:
                raise
            raise LabelOrderError(str(error), code=error.code, order=order) from error

    return job


def _order_of(network: "Network", data: Dataset, monitor: Monitor) -> LabelOrder | None:
    """Return the order of labels that a network's answers tell; None if they tell none."""
    from core.metrics.label_order import find_order

    try:
        return find_order(network, data, scale=None, monitor=monitor)
    except DatasetError:
        return None


def check_file(path: Path, role: Role, choice: DataChoice | None = None) -> Job:
    """Return a job that checks a file or folder as when it is opened in a role; it returns a `FileVerdict`."""

    def job(monitor: Monitor) -> "FileVerdict":
        from core.screen.job import screen_network, screen_set

        if role is Role.MODEL:
            return screen_network(path, monitor=monitor)
        return screen_set(path, choice=choice, monitor=monitor)

    return job


def recognize(
    paths: Sequence[Path],
    *,
    network: "Network | None",
    scale: Scale | None,
    clean: Dataset | None,
    open_roles: Collection[FileRole],
    preferred: FileRole | None,
) -> Job:
    """Return a job that finds out what files and folders are; it returns a `Recognition`.

    Args:
        paths: the files and folders.
        network: the open model.
        scale: what it reads for a pixel, if that is known.
        clean: the open clean validation set.
        open_roles: roles in which a file is open already.
        preferred: the role of the slot that they were dropped on.
    """

    def job(monitor: Monitor) -> Recognition:
        from core.recognition.job import recognize as find

        return find(
            paths,
            network=network,
            scale=scale,
            clean=clean,
            open_roles=open_roles,
            preferred=preferred,
            monitor=monitor,
        )

    return job


def demo_start() -> StartFiles:
    """Return the files of the embedded demo.

    Raises:
        ModelFileError: the demo's files are missing.
    """
    from core.demo.demo import demo_files

    files = demo_files()
    if not files.model.is_file():
        raise ModelFileError(
            f"the demo's files must be in '{files.folder}', but they are not there; "
            f"'{command_name()} build-demo' makes them",
            code="missing-demo",
        )
    return StartFiles(
        model=files.model,
        validation=files.validation,
        test=files.test,
        poisoned=(files.poisoned,),
        image=files.images[0] if files.images else None,
    )


def find_scale(network: "Network", clean: Dataset) -> Job:
    """Return a job that finds what the network reads, on clean images; it returns a `ScaleFinding`."""

    def job(monitor: Monitor) -> ScaleFinding:
        from core.metrics.scale_search import find_scale as find

        return find(network, clean, monitor=monitor)

    return job


def try_to_save(network: "Network") -> Job:
    """Return a job that tries whether networks made from this one can be saved; it returns why not, or ""."""

    def job(monitor: Monitor) -> str:
        from core.network.dry_save import reason_not_savable

        return reason_not_savable(network, monitor=monitor)

    return job


def interpret(inputs: EvaluationInputs) -> Job:
    """Return a job that finds out how the poisoned sets are understood; it returns a tuple of `Interpretation`s."""

    def job(monitor: Monitor) -> tuple[Interpretation, ...]:
        from core.metrics.interpretation import with_interpretations

        found = with_interpretations(inputs, monitor=monitor).poisoned
        return tuple(each.interpretation for each in found if each.interpretation is not None)

    return job


def find_cautions(session: Session, *, has_refit: bool) -> tuple[str, ...]:
    """Return warnings about the open files and the cache folder; fast enough for the GUI thread.

    Args:
        session: the open files.
        has_refit: whether to include warnings that concern refitting only.
    """
    if session.summary is None:
        return cache.notices()
    start = session.run.points[0].validation if session.run is not None and session.run.points else None
    found = cautions.find_cautions(
        class_count=session.summary.class_count,
        validation=session.validation,
        test=session.test,
        poisoned=session.poisoned,
        interpretations=_interpretations(session),
        unlabelled=session.unlabelled if has_refit else None,
        scale_finding=session.scale_finding if session.settings.scale is None else None,
        clean_share=start.pruned if start else None,
        given_scale=session.settings.scale,
    )
    return (*found, *cache.notices())


def _interpretations(session: Session) -> tuple[Interpretation | None, ...]:
    """Return how the poisoned sets are understood, as found for the window or by the shown run."""
    known = session.interpretations
    if session.run is None or session.run.inspection is None:
        return known
    by_run = [each.interpretation for each in session.run.poisoned_sets]
    return tuple(one or other for one, other in zip(known, by_run, strict=True))
