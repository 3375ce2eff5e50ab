"""What a network reads for a pixel: a linear map of 0–255 with a channel order."""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

WHITE = 255.0
CUSTOM = "custom"
"""The name of a scale that was given as numbers."""

AS_IN_THE_FILE = "as in the file"
"""The name of the scale of a file that holds what a network reads."""

_MOST_CHANNELS = 4
_LARGEST = 1e6
_SMALLEST_DEVIATION = 1e-6
_CLEAR_RATIO = 1.5
_CLEAR_SHIFT = 0.25


@dataclass(frozen=True, slots=True)
class Scale:
    """What a network reads for a pixel p in 0–255: (p − mean) / deviation.

    Two scales are equal if they read the same, whatever their names.

    Attributes:
        name: "raw", "unit", …, see `NAMED`; or a word for how the numbers were found.
        mean: one number for all channels, or one for each channel in the order in which the network reads them; 0–255.
        deviation: likewise, positive, in pixel values.
        is_bgr: whether the network reads blue, green, red; files and images have red, green, blue.

    Raises:
        ValueError: a number is not finite, too large, or not positive where it must be; or there are too many numbers.
    """

    name: str = field(compare=False)
    mean: tuple[float, ...] = (0.0,)
    deviation: tuple[float, ...] = (1.0,)
    is_bgr: bool = False

    RAW: ClassVar["Scale"]
    UNIT: ClassVar["Scale"]
    SYMMETRIC: ClassVar["Scale"]
    IMAGENET: ClassVar["Scale"]
    CAFFE: ClassVar["Scale"]

    def __post_init__(self) -> None:
        for numbers in (self.mean, self.deviation):
            if not 1 <= len(numbers) <= _MOST_CHANNELS:
                raise ValueError(f"a scale needs one number, or one for each channel, got {len(numbers)}")
            if not all(math.isfinite(each) and abs(each) <= _LARGEST for each in numbers):
                raise ValueError(f"a scale's numbers must be finite and at most {_LARGEST:g}, got {numbers}")
        if not all(each >= _SMALLEST_DEVIATION for each in self.deviation):
            raise ValueError(f"a scale's deviations must be positive, got {self.deviation}")

    @classmethod
    def of_factors(
        cls, factors: tuple[float, ...], offsets: tuple[float, ...] = (0.0,), *, is_bgr: bool = False
    ) -> "Scale":
        """Return the scale that reads p · factor + offset, as Keras' `Rescaling` does; a known one keeps its name.

        Raises:
            ValueError: a factor is not positive, or the numbers of channels differ.
        """
        if not all(math.isfinite(each) and each > 0 for each in factors):
            raise ValueError(f"a scale's factors must be positive numbers, got {factors}")
        if len(factors) > 1 < len(offsets) and len(factors) != len(offsets):
            raise ValueError(f"a scale needs as many offsets as factors, got {len(offsets)} and {len(factors)}")
        count = max(len(factors), len(offsets))
        wide = [(factors * count)[:count], (offsets * count)[:count]]
        mean = tuple(_rounded(-offset / factor) for factor, offset in zip(*wide, strict=True))
        return cls(CUSTOM, _shortest(mean), _shortest(tuple(_rounded(1 / each) for each in factors)), is_bgr).known()

    @classmethod
    def of_values(cls, lowest: NDArray[Any], highest: NDArray[Any]) -> "Scale":
        """Return the scale of a file that holds what the network reads: its extremes are black and white.

        Args:
            lowest: smallest value of each channel, shape (C,).
            highest: largest value of each channel, shape (C,).
        """
        low, high = (np.atleast_1d(np.asarray(each, dtype=np.float64))[:_MOST_CHANNELS] for each in (lowest, highest))
        deviation = WHITE / np.where(high > low, high - low, 1.0)
        return cls(AS_IN_THE_FILE, tuple(map(float, -low * deviation)), tuple(map(float, deviation)))

    @property
    def factors(self) -> tuple[float, ...]:
        """What a pixel is multiplied by, one number or one for each channel."""
        return tuple(1 / each for each in self.deviation)

    @property
    def offsets(self) -> tuple[float, ...]:
        """What is then added, one number or one for each channel."""
        count = max(len(self.mean), len(self.deviation))
        pairs = zip((self.mean * count)[:count], (self.deviation * count)[:count], strict=True)
        return _shortest(tuple(-mean / deviation + 0.0 for mean, deviation in pairs))

    @property
    def black(self) -> FloatArray:
        """What the network reads for 0, shape (1,) or (C,), float32."""
        return self._ends(0.0)

    @property
    def white(self) -> FloatArray:
        """What the network reads for 255, shape (1,) or (C,), float32."""
        return self._ends(WHITE)

    def as_json(self) -> dict[str, Any]:
        """Return the scale as plain JSON values, from which `Scale(**values)` makes it again."""
        return {
            "name": self.name,
            "mean": list(self.mean),
            "deviation": list(self.deviation),
            "is_bgr": self.is_bgr,
        }

    @property
    def option_words(self) -> tuple[str, ...]:
        """The words of a command line that give this scale."""
        return ("--scale", scale_word(self))

    def known(self) -> "Scale":
        """Return the named scale that reads the same, if there is one; else this one."""
        return next((each for each in NAMED.values() if each == self), self)

    def in_bgr(self) -> "Scale":
        """Return the same scale for a network that reads blue, green, red."""
        return Scale(f"{self.name}-bgr", self.mean, self.deviation, is_bgr=True)

    def differs_from(self, other: "Scale") -> bool:
        """Whether a network that reads this one and one that reads the other see clearly different values."""
        one, two = self.white - self.black, other.white - other.black
        ratio = np.max(np.maximum(one, two) / np.minimum(one, two))
        shift = np.max(np.abs(self.black - other.black)) / max(float(np.max(one)), float(np.max(two)))
        return bool(self.is_bgr != other.is_bgr or ratio > _CLEAR_RATIO or shift > _CLEAR_SHIFT)

    def fits(self, channel_count: int) -> bool:
        """Whether a network with that many channels can be fed so."""
        counts = {len(self.mean), len(self.deviation)} - {1}
        return counts <= {channel_count} and not (self.is_bgr and channel_count != 3)

    def read(self, pixels: FloatArray) -> FloatArray:
        """Convert pixels to what the network reads.

        Args:
            pixels: (…, C) float32, 0–255, channels in the order of files; its memory is used for the result.

        Returns:
            (…, C) float32, C-contiguous where the pixels are.
        """
        if self.is_bgr:
            pixels = np.ascontiguousarray(pixels[..., ::-1])
        if any(self.mean):
            pixels -= np.array(self.mean, dtype=np.float32)
        if self.deviation != (1.0,):
            pixels /= np.array(self.deviation, dtype=np.float32)
        return pixels

    def pixels(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Convert what the network reads back to pixels, (…, C) float64, neither rounded nor clipped."""
        pixels = np.asarray(values, dtype=np.float64) * np.array(self.deviation) + np.array(self.mean)
        return pixels[..., ::-1] if self.is_bgr else pixels

    def _ends(self, pixel: float) -> FloatArray:
        ends = (pixel - np.array(self.mean)) / np.array(self.deviation)
        return np.asarray(ends, dtype=np.float32)


Scale.RAW = Scale("raw")
Scale.UNIT = Scale("unit", deviation=(255.0,))
Scale.SYMMETRIC = Scale("symmetric", (127.5,), (127.5,))
# The mean and the deviation of ImageNet's training images, as PyTorch's models and keras.applications' mode "torch" use
# them: 255 · (0.485, 0.456, 0.406) and 255 · (0.229, 0.224, 0.225).
Scale.IMAGENET = Scale("imagenet", (123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
# ImageNet's mean in blue, green, red: Caffe's models and keras.applications' mode "caffe".
Scale.CAFFE = Scale("caffe", (103.939, 116.779, 123.68), is_bgr=True)

NAMED = {
    each.name: each
    for each in (
        Scale.RAW,
        Scale.UNIT,
        Scale.SYMMETRIC,
        Scale.IMAGENET,
        Scale.CAFFE,
        *(each.in_bgr() for each in (Scale.RAW, Scale.UNIT, Scale.SYMMETRIC, Scale.IMAGENET)),
    )
}
"""The scales that can be given by name."""


def scale_word(scale: Scale) -> str:
    """Return a scale as it is typed: a name of `NAMED`, or its factors and offsets; `parse_scale` reads it."""
    if scale in NAMED.values():
        return scale.known().name
    parts = [",".join(f"{each:.9g}" for each in numbers) for numbers in (scale.factors, scale.offsets)]
    return ":".join(parts) + ("-bgr" if scale.is_bgr else "")


def parse_scale(text: str) -> Scale:
    """Parse what a network reads for a pixel.

    Args:
        text: a name of `NAMED`; or factors, and behind a colon offsets: the network reads pixel · factor + offset, as
            Keras' `Rescaling` computes it. One number, or one for each channel in the order of the network, separated
            by commas; fractions are allowed: "1/255", "1/127.5:-1", "0.017,0.018,0.017:-2.12,-2.04,-1.80". "-bgr"
            behind it means blue, green, red.

    Raises:
        ValueError: it is neither; the message says what can be given.
    """
    text = text.strip().lower()
    if text in NAMED:
        return NAMED[text]
    plain = text.removesuffix("-bgr")
    first, colon, second = plain.partition(":")
    factors, offsets = _numbers(first), _numbers(second) if colon else (0.0,)
    if factors is None or offsets is None:
        raise ValueError(
            f"must be one of {', '.join(NAMED)}, or a factor and an offset such as 1/127.5:-1 (one for each channel: "
            f"1,1,1:-123,-116,-104), got '{text}'"
        )
    return Scale.of_factors(factors, offsets, is_bgr=plain != text)


def _numbers(text: str) -> tuple[float, ...] | None:
    """Parse numbers and fractions separated by commas; None if it is something else."""
    values = []
    for part in text.split(","):
        above, slash, below = part.partition("/")
        try:
            value = float(above) / (float(below) if slash else 1.0)
        except (ValueError, ZeroDivisionError):
            return None
        if not math.isfinite(value):
            return None
        values.append(value)
    return tuple(values)


def _rounded(value: float) -> float:
    """Drop the last bits, so that 1/255 gives 255 again."""
    return float(f"{value:.9g}") + 0.0


def _shortest(numbers: tuple[float, ...]) -> tuple[float, ...]:
    return numbers[:1] if len(set(numbers)) == 1 else numbers
