"""Names of classes, read from a text file or a table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from core.errors import DatasetError
from core.intake.answers import ClassNamesAnswer
from core.intake.client import read_file
from core.monitor import Monitor


@dataclass(frozen=True, slots=True)
class ClassNames:
    """The names of some classes or of all.

    Attributes:
        path: the file.
        names: name by class number.
    """

    path: Path
    names: Mapping[int, str] = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", MappingProxyType(dict(self.names)))

    def name(self, label: int) -> str:
        """Return the name of a class; empty if it has none."""
        return self.names.get(label, "")


def open_class_names(path: Path, *, class_count: int | None = None, monitor: Monitor | None = None) -> ClassNames:
    """Open a text file with a name in each line, or a table with a class number and its name in each line.

    Args:
        path: the file.
        class_count: the network's number of classes; None does not check the file against one.
        monitor: receives progress, and can cancel.

    Raises:
        DatasetError: the file is refused, or names a class that the network does not have.
        Cancelled: the job was cancelled.
    """
    answer = read_file("names", path, monitor=monitor).answer
    assert isinstance(answer, ClassNamesAnswer)
    names = dict(zip(answer.labels, answer.names, strict=True))
    largest = max(names)
    if class_count is not None and largest >= class_count:
        raise DatasetError(
            f"'{path.name}' names {len(names):,} classes up to class {largest}, but this network has the classes 0 to "
            f"{class_count - 1}",
            code="misfit-names",
        )
    return ClassNames(path, names)
