"""What is sent to a worker for one network; no Keras, so that whoever sends it needs none."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.audit.records import AuditEntry, AuditSettings

REPORTS = "models"
"""The folder of the reports in an audit's folder; each network has one in it."""

WRITE_FAILED = "write-failed"
"""The code of a row whose reports could not be written into the audit's folder."""


@dataclass(frozen=True, slots=True)
class Work:
    """One network to examine.

    Attributes:
        key: identifies the contents of all files, the settings and the version.
        entry: the network and its sets, by paths.
        sha256: the hash of the network's file.
        settings: how it is examined.
        hashes: the hash of each file by its path.
        out: the folder of the audit.
        folder: the name of the folder of this network's reports.
        command_line: the arguments that began the audit.
        grace_s: seconds after the time limit at which the worker is ended.
    """

    key: str
    entry: AuditEntry
    sha256: str
    settings: AuditSettings
    hashes: Mapping[str, str]
    out: Path
    folder: str
    command_line: tuple[str, ...] = ()
    grace_s: float = 30.0
