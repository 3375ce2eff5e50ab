"""The results of an earlier run in its output folder; only names are used from them.

The folder may come from somebody else: its results are read by the intake, and refused results are ignored.
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
    """Names in the results of an earlier run.

    Attributes:
        method: the method by which `repair` made the networks, according to the results; None if unknown.
        files: names of the files that were written together.
    """

    method: RepairMethod | None = None
    files: tuple[str, ...] = ()


def earlier_results(folder: Path, *, monitor: Monitor | None = None) -> EarlierResults:
    """Return the results in a folder; empty if there are none, or they are refused.

    A link is not followed: nobody named its target, and it may be any file.

    Raises:
        Cancelled: the job was cancelled.
    """
    path = folder / RESULTS_FILE
    if path.is_symlink():
        _log.info("%s is a link and is not read", path)
        return EarlierResults()
    try:
        answer = read_file("results", path, monitor=monitor).answer
    except ResultsFileError as error:
        if error.code != "missing-file":
            _log.info("results of an earlier run are ignored: %s", error)
        return EarlierResults()
    assert isinstance(answer, ResultsAnswer)
    return EarlierResults(METHODS.find(answer.method), tuple(answer.files))


def method_of(path: Path, *, monitor: Monitor | None = None) -> RepairMethod | None:
    """Return the method by which `repair` made a network's file, according to its results; None if unknown.

    Raises:
        Cancelled: the job was cancelled.
    """
    results = earlier_results(path.parent, monitor=monitor)
    return results.method if path.name in results.files else None
