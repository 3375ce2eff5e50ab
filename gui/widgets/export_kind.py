"""A kind of file that a page exports, with its menu text, dialog title and file name."""

from dataclasses import dataclass


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
