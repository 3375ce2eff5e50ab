"""Errors that the user can act on, each with a stable code and a one-sentence message."""

from typing import Any


class InspectorError(Exception):
    """Base class of errors that the user can act on; `str()` is one plain sentence.

    The sentence says what was wrong, what was expected, what was found, and where.

    Attributes:
        code: stable, lower-case, hyphenated name of the reason, for use in scripts (`"missing-key"`).
    """

    default_code = "refused"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or self.default_code

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), str(self), self.code))


class ModelFileError(InspectorError):
    """The model file is unreadable, truncated, unsupported or unsafe."""

    default_code = "model-file"


class DatasetError(InspectorError):
    """The dataset has a missing key, or a wrong shape, dtype, range or label."""

    default_code = "dataset"


class KeyChoiceError(DatasetError):
    """The file has several sets of images, and the rules do not tell which is meant.

    Attributes:
        pairs: the sets, as `core.intake.answers.PairAnswer`.
    """

    def __init__(self, message: str, *, code: str | None = None, pairs: tuple[Any, ...] = ()) -> None:
        super().__init__(message, code=code)
        self.pairs = pairs


class LabelOrderError(DatasetError):
    """The labels are no classes of the network, but its answers tell the order that they are in.

    Attributes:
        order: the order, as `core.records.LabelOrder`.
    """

    def __init__(self, message: str, *, code: str | None = None, order: Any = None) -> None:
        super().__init__(message, code=code)
        self.order = order


class ImageFileError(InspectorError):
    """The image is unreadable or unsuitable."""

    default_code = "image-file"


class ResultsFileError(InspectorError):
    """The results of an earlier run are unreadable, or not from this application."""

    default_code = "results-file"


class SessionFileError(InspectorError):
    """A saved session is unreadable or damaged, or is from a newer version."""

    default_code = "session-file"


class AuditError(InspectorError):
    """The networks of an audit cannot be found, or its folder or its workers cannot be used."""

    default_code = "audit"


class LayerError(InspectorError):
    """There is no such layer, or it has no channels that can be pruned."""

    default_code = "layer"


class PruningError(InspectorError):
    """The threshold is invalid, or nothing is left to prune."""

    default_code = "pruning"


class DetectorError(InspectorError):
    """A detector does not suit the network or the images."""

    default_code = "detector"


class ExportError(InspectorError):
    """A file could not be written."""

    default_code = "export"


class Cancelled(Exception):  # noqa: N818 - not an error
    """The job was cancelled; not an error and never shown as one."""


def _rebuild(kind: type[InspectorError], message: str, code: str) -> InspectorError:
    return kind(message, code=code)
