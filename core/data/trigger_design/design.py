"""A trigger as a person makes it: its kind and settings, from which the trigger is made exactly."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.trigger import Trigger, sunglasses, trigger_from_rgba
from core.data.trigger_design.placing import Placement, placed_pattern, visible_part

Colour = tuple[int, int, int]
MOST_OPAQUE = 0.95  # of what covers the whole image: something of it stays


class DesignKind(StrEnum):
    """The kinds of triggers."""

    PATCH = "patch"
    DRAWING = "drawing"
    BLEND = "blend"
    TINT = "tint"
    WAVE = "wave"
    WARP = "warp"
    PAIRS = "pairs"


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The settings of a trigger; each kind uses some of them.

    Attributes:
        kind: the kind.
        name: display name.
        source: the picture of a patch or of a blend, or the drawing at the size of the images, (h, w, 4) uint8.
        placement: where a patch lies.
        opacity: of patch, drawing, blend and tint; the strength of one from pairs; 0 to 1.
        colour: of the tint.
        amplitude: of the wave, in levels of 0–255.
        frequency: of the wave: periods over the image.
        direction: of the wave, in degrees; 0 runs from left to right.
        strength: how far the warp moves pixels on average, in pixels.
        grid: control points along each side of the warp.
        seed: chooses the warp.
        found: the trigger from pairs.
    """

    kind: DesignKind
    name: str
    source: NDArray[np.uint8] | None = None
    placement: Placement | None = None
    opacity: float = 1.0
    colour: Colour = (255, 0, 0)
    amplitude: float = 20.0
    frequency: float = 6.0
    direction: float = 0.0
    strength: float = 1.0
    grid: int = 4
    seed: int = 0
    found: Trigger | None = None

    @property
    def is_pattern(self) -> bool:
        """Whether it only covers pixels, so that a PNG file holds it exactly."""
        if self.kind is DesignKind.PAIRS:
            return False
        return self.kind in (DesignKind.PATCH, DesignKind.DRAWING, DesignKind.BLEND, DesignKind.TINT)

    def trigger(self, height: int, width: int) -> Trigger:
        """Make the trigger for images of a size.

        Patterns are made in 8 bits, so that their PNG files are read back as the same triggers.

        Raises:
            ImageFileError: `trigger-empty`, if it changes nothing.
            DatasetError: `trigger-empty`, if there is nothing to make it of yet.
        """
        if self.is_pattern:
            return trigger_from_rgba(self.name, self._pattern(height, width), height=height, width=width)
        nothing = np.zeros((height, width, 4), np.float32)
        if self.kind is DesignKind.WAVE:
            return Trigger(self.name, nothing, self._wave(height, width))
        if self.kind is DesignKind.WARP:
            return Trigger(self.name, nothing, moves=self._moves(height, width))
        return self._faded(height, width)

    def _pattern(self, height: int, width: int) -> NDArray[np.uint8]:
        empty = np.zeros((height, width, 4), np.uint8)
        if self.kind is DesignKind.TINT:
            empty[...] = (*self.colour, round(255 * min(self.opacity, MOST_OPAQUE)))
            return empty
        if self.source is None:
            return empty
        if self.kind is DesignKind.BLEND:
            picture = Image.fromarray(self.source).resize((width, height), Image.Resampling.LANCZOS)
            blend = np.array(picture)
            blend[..., 3] = np.rint(blend[..., 3] * min(self.opacity, MOST_OPAQUE))
            return blend
        if self.kind is DesignKind.DRAWING:
            drawing = self.source.copy()
            drawing[..., 3] = np.rint(drawing[..., 3] * self.opacity)
            return drawing
        placement = self.placement or Placement(width / 2, height / 2, width / 2, height / 2)
        return placed_pattern(self.source, placement, height=height, width=width, opacity=self.opacity)

    def _wave(self, height: int, width: int) -> NDArray[np.float32]:
        """Return a sinusoid over the image.

        Source: Barni, Kallas, Tondi: A New Backdoor Attack in CNNs by Training Set Corruption Without Label Poisoning,
        2019 (SIG), with any direction.
        """
        turn = np.radians(self.direction)
        across = (np.arange(width) / width)[None, :] * np.cos(turn)
        down = (np.arange(height) / height)[:, None] * np.sin(turn)
        wave = self.amplitude * np.sin(2 * np.pi * self.frequency * (across + down))
        return np.repeat(wave[..., np.newaxis], 3, axis=2).astype(np.float32)

    def _moves(self, height: int, width: int) -> NDArray[np.float32]:
        """Return a smooth random warp.

        Source: Nguyen, Tran: WaNet – Imperceptible Warping-based Backdoor Attack, 2021, section 3.2: random control
        points, divided by their mean absolute value, are upsampled bicubically.
        """
        rng = np.random.default_rng(self.seed)
        points = rng.uniform(-1, 1, (2, self.grid, self.grid)).astype(np.float32)
        points *= self.strength / np.abs(points).mean()
        fields = [Image.fromarray(each).resize((width, height), Image.Resampling.BICUBIC) for each in points]
        return np.stack([np.asarray(each, dtype=np.float32) for each in fields], axis=2)

    def _faded(self, height: int, width: int) -> Trigger:
        if self.found is None:
            return trigger_from_rgba(self.name, np.zeros((height, width, 4), np.uint8), height=height, width=width)
        found = self.found.scaled_to(height, width)
        rgba = np.concatenate([found.colours, found.opacity * np.float32(self.opacity)], axis=2)
        change = None if found.change is None else found.change * np.float32(self.opacity)
        return Trigger(self.name, rgba, change, found.moves)


def sunglasses_design(height: int, width: int) -> Design:
    """Return the built-in trigger as a patch where it lies on the lab's crop."""
    worn = sunglasses(height, width)
    rgba = np.concatenate([worn.colours, 255 * worn.opacity], axis=2)
    source, placement = visible_part(np.clip(np.rint(rgba), 0, 255).astype(np.uint8))
    return Design(DesignKind.PATCH, worn.name, source, placement)


def square_design(height: int, width: int, colour: Colour) -> Design:
    """Return a square of one colour near the lower right corner, as in BadNets."""
    side = max(2.0, round(min(height, width) / 8))
    source = np.full((1, 1, 4), (*colour, 255), np.uint8)
    return Design(
        DesignKind.PATCH, "square", source, Placement(width - 1 - side / 2, height - 1 - side / 2, side, side)
    )


def picture_design(name: str, rgba: NDArray[np.uint8], height: int, width: int) -> Design:
    """Return a picture as a patch: where it lies if it is as large as the images, else half as wide in the middle."""
    source, placement = visible_part(rgba)
    if rgba.shape[:2] != (height, width):
        factor = min(width / 2 / source.shape[1], height / 2 / source.shape[0])
        placement = Placement(width / 2, height / 2, source.shape[1] * factor, source.shape[0] * factor)
    return Design(DesignKind.PATCH, name, np.array(source), placement)
