"""A kind of file that a page exports: what a menu, the dialog and the file's name say of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportKind:
    """A kind of file that something can be exported as.

    Attributes:
        key: tells it apart: "csv".
        text: in a menu: "Table as CSV…".
        title: of the dialog that asks where to: "Export the table as CSV".
        name: of the file, without its suffix.
        suffix: of the file: ".csv".
        suffix_text: what a file with this suffix is called: "CSV table".
    """

    key: str
    text: str
    title: str
    name: str
    suffix: str
    suffix_text: str

    @property
    def kinds(self) -> dict[str, str]:
        """The suffix and what it is called, as the dialog takes it."""
        return {self.suffix: self.suffix_text}
