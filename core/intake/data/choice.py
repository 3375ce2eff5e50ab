"""What a person, or the role of a set, decides about data that could be read in several ways."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

Part = Literal["", "validation", "test"]


@dataclass(frozen=True, slots=True)
class DataChoice:
    """The choices for one set; the defaults leave everything to the rules.

    Attributes:
        data_key: the key of the images in the file; empty lets the rules choose.
        label_key: the key of the labels; for a `.npy` file, the name of the file with the labels.
        part: the part that is preferred where a file has several, such as `X_train` and `X_test`.
        image_shape: height, width and channels that single image files are converted to; None keeps their own.
    """

    data_key: str = ""
    label_key: str = ""
    part: Part = ""
    image_shape: tuple[int, int, int] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return the record of `as_json`."""
        shape = values["image_shape"]
        known = {each.name: values[each.name] for each in fields(cls)}
        return cls(**{**known, "image_shape": None if shape is None else tuple(shape)})

    @property
    def identity(self) -> bytes:
        """What tells this choice from another, for the cache; empty for the defaults."""
        return b"" if self == DataChoice() else json.dumps(self.as_json(), sort_keys=True).encode()
