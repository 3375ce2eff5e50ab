"""Jobs that open files, and checks of the open files."""

# ruff: noqa: PLC0415 - the engine is imported in the worker, after the window is painted

from pathlib import Path
from typing import TYPE_CHECKING

from core.data import cautions
from core.data.dataset import Dataset, open_dataset
from core.environment import command_name
from core.errors import ModelFileError
from core.intake import cache
from core.monitor import Monitor
from core.records import ScaleFinding
from gui.job_runner import Job
from gui.state.session import Role, Session, StartFiles

if TYPE_CHECKING:
    from core.network.network import Network
    from core.screen.verdict import FileVerdict


def open_model(path: Path) -> Job:
    """Return a job that opens a model file; it returns a `Network`."""

    def job(monitor: Monitor) -> "Network":
        from core.network.network import open_network

        return open_network(path, monitor=monitor)

    return job


def open_set(path: Path, *, input_shape: tuple[int, int, int] | None, class_count: int | None, has_labels: bool) -> Job:
    """Return a job that opens a data file and checks it against the open model; it returns a `Dataset`.

    Args:
        path: the file.
        input_shape: of the open model; None if none is open.
        class_count: of the open model; None if none is open.
        has_labels: whether the file's labels are used.
    """

    def job(monitor: Monitor) -> Dataset:
        return open_dataset(
            path, input_shape=input_shape, class_count=class_count, has_labels=has_labels, monitor=monitor
        )

    return job


def check_file(path: Path, role: Role) -> Job:
    """Return a job that checks a file as when it is opened in a role; it returns a `FileVerdict`."""

    def job(monitor: Monitor) -> "FileVerdict":
        from core.screen.job import screen_files

        (verdict,) = screen_files([path], kind="model" if role is Role.MODEL else "data", monitor=monitor)
        return verdict

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
        unlabelled=session.unlabelled if has_refit else None,
        scale_finding=session.scale_finding if session.settings.scale is None else None,
        clean_share=start.pruned if start else None,
    )
    return (*found, *cache.notices())
