"""The child's answers, validated, since a malicious file may control the child."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.intake.exchange import (
    LONGEST_CLASS_NAME,
    LONGEST_NAME,
    METHOD_PATTERN,
    MOST_CLASSES,
    MOST_FILES,
    VERSION_PATTERN,
)
from core.intake.limits import LARGEST_VALUE, Limits
from core.intake.stored_array import OpenedArray, open_array
from core.scale import Scale

_Name = Annotated[str, Field(min_length=1, max_length=1024)]
_Length = Annotated[int, Field(ge=0, le=2**40)]
_ScaleNumbers = Annotated[list[float], Field(min_length=1, max_length=4)]
_PixelValue = Annotated[float, Field(ge=-LARGEST_VALUE, le=LARGEST_VALUE)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ArrayAnswer(_Record):
    """An array in the scratch folder.

    Attributes:
        file: name of its file.
        shape: its shape.
        dtype: name of its dtype.
    """

    file: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}\.npy$")]
    shape: Annotated[list[_Length], Field(max_length=8)]
    dtype: Literal["uint8", "float32", "int64"]

    def open(self, folder: Path, *, name: str, on_part: Callable[[], None] = lambda: None) -> OpenedArray:
        """Open the array in a scratch folder; see `open_array`.

        Raises:
            DamagedArrayError: the file does not match the answer.
        """
        return open_array(folder / self.file, name=name, shape=tuple(self.shape), dtype=self.dtype, on_part=on_part)


class WeightAnswer(ArrayAnswer):
    """A weight of a layer; `name` is Keras' name for it ("kernel")."""

    name: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]


class LayerAnswer(_Record):
    """A layer of the description.

    Attributes:
        name: unique name, without slashes.
        class_name: a class of the allow-list.
        config: its settings; checked again when the layer is built.
        inputs: names of the layers it reads, all of which come before it.
        weights: its weights in Keras' order.
        is_operation: whether it stands for an operation between tensors, which must have equally many axes.
    """

    name: _Name
    class_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,40}$")]
    config: dict[str, Any]
    inputs: Annotated[list[_Name], Field(max_length=64)]
    weights: Annotated[list[WeightAnswer], Field(max_length=8)]
    is_operation: bool = False


class ShapeAnswer(_Record):
    """A shape that the file says the output of a layer has, for which Keras builds what reads it.

    Attributes:
        layer: the layer.
        shape: lengths without the batch axis; None is any length.
    """

    layer: _Name
    shape: Annotated[list[Annotated[int, Field(gt=0, le=2**40)] | None], Field(max_length=8)]


class _Answer(_Record):
    ok: Literal[True]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(gt=0)]


class ScaleAnswer(_Record):
    """What a network reads for a pixel, as this program stored it; see `Scale`."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z -]{0,39}$")]
    mean: _ScaleNumbers
    deviation: _ScaleNumbers
    is_bgr: bool

    @model_validator(mode="after")
    def _is_a_scale(self) -> "ScaleAnswer":
        _ = self.scale  # a ValueError becomes a validation error
        return self

    @property
    def scale(self) -> Scale:
        """The scale itself; a known one has its own name."""
        return Scale(self.name, tuple(self.mean), tuple(self.deviation), self.is_bgr).known()


class ModelDescription(_Answer):
    """A network, described by allowed layers in computation order.

    Attributes:
        source_format: format of the file.
        network_name: the network's own name.
        input_shape: height, width, channels.
        output: name of the output layer.
        layers: all layers.
        shapes: what the file says of the shapes of layers' outputs.
        left_out: classes of the file's layers that act in training only and are not among `layers`.
        repeated: the layers with the same weights, one list for each layer of the file that is called several times.
        scale: what the network reads for a pixel, where this program stored it in the file.
        keras_version: version of the Keras that wrote the file, as the file says; empty if it does not.
        sha256: SHA-256 of the file, in hexadecimal.
        size_bytes: size of the file.
    """

    kind: Literal["model"]
    source_format: Literal["keras2-h5", "keras3-h5", "keras", "weights-h5", "onnx", "tflite", "saved-model"]
    network_name: Annotated[str, Field(max_length=1024)]
    input_shape: Annotated[list[Annotated[int, Field(gt=0, le=16_384)]], Field(min_length=3, max_length=3)]
    output: _Name
    layers: Annotated[list[LayerAnswer], Field(min_length=1, max_length=2 * Limits().layer_count)]
    shapes: Annotated[list[ShapeAnswer], Field(max_length=64 * Limits().layer_count)] = []
    left_out: Annotated[list[Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,40}$")]], Field(max_length=64)] = []
    repeated: Annotated[
        list[Annotated[list[_Name], Field(min_length=2, max_length=2 * Limits().layer_count)]],
        Field(max_length=Limits().layer_count),
    ] = []
    scale: ScaleAnswer | None = None
    keras_version: Annotated[str, Field(pattern=VERSION_PATTERN)] = ""


_Key = Annotated[str, Field(max_length=1024)]
_Size = Annotated[list[Annotated[int, Field(ge=0, le=2**31)]], Field(max_length=2)]


class PairAnswer(_Record):
    """Images and labels in a file that has several arrays.

    Attributes:
        data_key: the key of the images.
        label_key: the key of the labels; empty if they are not read.
        shape: the shape of the images in the file.
        image_axis: the axis that counts them.
        is_matlab: whether MATLAB, whose last axis counts, wrote the file.
    """

    data_key: _Key
    label_key: _Key
    shape: Annotated[list[_Length], Field(max_length=8)]
    image_axis: Annotated[int, Field(ge=0, le=7)]
    is_matlab: bool


class SourceAnswer(_Record):
    """Where in a file, or in which files, the images and labels were found.

    Attributes:
        form: the form of the data.
        taken: the arrays that were taken; None for single images.
        pairs: all that fit; empty where there was nothing to choose.
        class_names: the classes of single images in the order of their labels; empty if they are numbers.
        smallest, largest: height and width of the smallest and the largest single image.
        is_resized: whether single images were resized.
        left_out_count: single images that a table does not name.
        empty_classes: the first names of folders without an image that count as classes.
        empty_count: how many there are.
        turned_count: single images whose EXIF data ask for a rotation or reflection, which sets are read without.
        is_16_bit: whether values of 16 bits were divided by 257.
    """

    form: Literal[
        "hdf5", "npy", "npz", "pickle", "mat-5", "mat-7.3", "idx", "cifar-binary", "pixels", "folder", "table"
    ] = "hdf5"
    taken: PairAnswer | None = None
    pairs: Annotated[list[PairAnswer], Field(max_length=100)] = []
    class_names: Annotated[list[Annotated[str, Field(max_length=1024)]], Field(max_length=10_000)] = []
    smallest: _Size = []
    largest: _Size = []
    is_resized: bool = False
    left_out_count: Annotated[int, Field(ge=0)] = 0
    empty_classes: Annotated[list[Annotated[str, Field(max_length=1024)]], Field(max_length=10)] = []
    empty_count: Annotated[int, Field(ge=0)] = 0
    turned_count: Annotated[int, Field(ge=0)] = 0
    is_16_bit: bool = False


class DataAnswer(_Answer):
    """Images and labels.

    Attributes:
        kind: "images" if the file's labels were not read.
        images: uint8 or float32, axes as in the file.
        labels: int64 (N,); zeros for "images".
        pixel_minimum, pixel_maximum: range of all values; outside 0–255 only for floats that a network reads as they
            are.
        source: where they were found.
    """

    kind: Literal["data", "images"]
    images: ArrayAnswer
    labels: ArrayAnswer
    pixel_minimum: _PixelValue
    pixel_maximum: _PixelValue
    source: SourceAnswer = SourceAnswer()


class ImageFileAnswer(_Answer):
    """An image; `pixels` is uint8 (H, W, 4): red, green, blue, opacity."""

    kind: Literal["image"]
    pixels: ArrayAnswer


class TriggerAnswer(_Answer):
    """A trigger.

    Attributes:
        pattern: colours and, last, opacity: uint8 (H, W, 4) of a picture; float32 (H, W, C + 1), opacity 0 to 1, of
            arrays.
        change: float32 (H, W, C), added to the pixels; None adds nothing.
        moves: float32 (H, W, 2), from where pixels are fetched; None moves nothing.
    """

    kind: Literal["trigger"]
    pattern: ArrayAnswer
    change: ArrayAnswer | None
    moves: ArrayAnswer | None


class ResultsAnswer(_Answer):
    """Summary of an earlier run of this application.

    Attributes:
        method: the repair method; None if it is not given as a plain word.
        files: names of the files that the run wrote.
    """

    kind: Literal["results"]
    method: Annotated[str, Field(pattern=METHOD_PATTERN)] | None
    files: Annotated[list[Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]], Field(max_length=MOST_FILES)]


_ClassName = Annotated[str, Field(min_length=1, max_length=LONGEST_CLASS_NAME)]


class ClassNamesAnswer(_Answer):
    """Names of classes.

    Attributes:
        labels: class numbers, each once.
        names: their names, printable.
    """

    kind: Literal["names"]
    labels: Annotated[list[Annotated[int, Field(ge=0, lt=MOST_CLASSES)]], Field(min_length=1, max_length=MOST_CLASSES)]
    names: Annotated[list[_ClassName], Field(min_length=1, max_length=MOST_CLASSES)]

    @model_validator(mode="after")
    def _is_one_each(self) -> "ClassNamesAnswer":
        if len(self.labels) != len(self.names) or len(set(self.labels)) != len(self.labels):
            raise ValueError("each class must have one name")
        if not all(each.isprintable() for each in self.names):
            raise ValueError("names must be printable")
        return self


class SessionArrayAnswer(ArrayAnswer):
    """An array of a session, and its name there."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]{1,40}$")]
    dtype: Literal["bool", "uint8", "int64", "float32", "float64"]  # type: ignore[assignment]


class SessionFileAnswer(_Record):
    """A file in a session: its name there, and that in the scratch folder."""

    name: Annotated[str, Field(pattern=r"^(networks|inputs)/[a-z0-9]{1,40}\.[a-z0-9]{1,8}$")]
    file: Annotated[str, Field(pattern=r"^file_[0-9]{1,6}\.(keras|bin)$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(ge=0)]


class SessionAnswer(_Answer):
    """A saved session.

    Attributes:
        document: its JSON, which nobody has checked further.
        arrays: its arrays.
        files: its networks, and copies of files that were open.
    """

    kind: Literal["session"]
    document: dict[str, Any]
    arrays: Annotated[list[SessionArrayAnswer], Field(max_length=Limits().object_count)]
    files: Annotated[list[SessionFileAnswer], Field(max_length=Limits().object_count)]


class RefusalAnswer(_Record):
    """The child refused the file; `pairs` are the sets of which one must be chosen."""

    ok: Literal[False]
    code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    sentence: Annotated[str, Field(min_length=1, max_length=4096)]
    pairs: Annotated[list[PairAnswer], Field(max_length=100)] = []
