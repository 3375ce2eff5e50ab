"""The errors a person can act on, each with a stable code and one plain sentence."""


class InspectorError(Exception):
    """Something a person can act on; `str()` is one plain sentence.

    A sentence says what was wrong, what was expected, what was found, and where.

    Attributes:
        code: stable, lower-case, hyphenated name of the reason, fit for scripts (`"missing-key"`).
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
    """The data have a missing key or a wrong shape, dtype, range or labels."""

    default_code = "dataset"


class ImageFileError(InspectorError):
    """The image is unreadable or unsuitable."""

    default_code = "image-file"


class ResultsFileError(InspectorError):
    """What an earlier run says of itself is unreadable, or not ours."""

    default_code = "results-file"


class LayerError(InspectorError):
    """There is no such layer, or it has no channels that can be pruned."""

    default_code = "layer"


class PruningError(InspectorError):
    """The threshold is bad, or nothing is left to prune."""

    default_code = "pruning"


class ExportError(InspectorError):
    """Something could not be written."""

    default_code = "export"


class Cancelled(Exception):  # noqa: N818 - it is not an error
    """The person asked to stop; not an error and never shown as one."""


def _rebuild(kind: type[InspectorError], message: str, code: str) -> InspectorError:
    return kind(message, code=code)
