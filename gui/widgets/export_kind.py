"""A kind of file that a page exports, with its menu text, dialog title and file name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gui.job_runner import Job


@dataclass(frozen=True, slots=True)
class ExportKind:
    """A kind of export.

    Attributes:
        key: unique on its page: "csv".
        text: the menu entry: "Table as CSV…".
        title: the title of the save dialog: "Export the table as CSV".
        name: the file name, without suffix.
        suffix: the file suffix: ".csv".
        suffix_text: the name of the file type: "CSV table".
    """

    key: str
    text: str
    title: str
    name: str
    suffix: str
    suffix_text: str

    @property
    def kinds(self) -> dict[str, str]:
        """The file type as the save dialog takes it."""
        return {self.suffix: self.suffix_text}


class Exporter(Protocol):
    """Asks where to write, and writes; see `gui.files.saver.Saver`."""

    def ask_export(self, kind: ExportKind, *, of: str = "", stem: str = "") -> Path | None:
        """Ask for the file of an export; return None if the user cancels or the file must not be written."""

    def write(self, path: Path, job: Job, *, remark: str = "") -> None:
        """Submit a job that exports, and report the path when it succeeds."""
