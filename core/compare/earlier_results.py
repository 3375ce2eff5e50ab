"""What an earlier run says of itself in the folder it wrote to; nothing of it is believed but names.

The folder may come from somebody else: its results are read by the intake, and what is refused says nothing.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from core.errors import ResultsFileError
from core.intake.answers import ResultsAnswer
from core.intake.client import read_file
from core.monitor import Monitor
from core.repair.method import RepairMethod
from core.repair.methods.registry import METHODS

RESULTS_FILE = "results.json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EarlierResults:
    """What lies in a folder.

    Attributes:
        method: by which method `repair` says that it made the networks; None where nothing says so.
        files: the names of the files that were written together.
    """

    method: RepairMethod | None = None
    files: tuple[str, ...] = ()


def earlier_results(folder: Path, *, monitor: Monitor | None = None) -> EarlierResults:
    """The results that lie in a folder; empty where there are none, or they are refused.

    A link is not followed: nobody named that file, and it may be anything.

    Raises:
        Cancelled: asked to stop.
    """
    path = folder / RESULTS_FILE
    if path.is_symlink():
        _log.info("%s is a link and is not read", path)
        return EarlierResults()
    try:
        answer = read_file("results", path, monitor=monitor).answer
    except ResultsFileError as error:
        if error.code != "missing-file":
            _log.info("what an earlier run left is not used: %s", error)
        return EarlierResults()
    assert isinstance(answer, ResultsAnswer)
    return EarlierResults(METHODS.find(answer.method), tuple(answer.files))


def method_of(path: Path, *, monitor: Monitor | None = None) -> RepairMethod | None:
    """By which method `repair` says that it made a network's file; None where nothing says so.

    Raises:
        Cancelled: asked to stop.
    """
    results = earlier_results(path.parent, monitor=monitor)
    return results.method if path.name in results.files else None
