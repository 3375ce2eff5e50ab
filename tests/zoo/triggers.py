"""The zoo's triggers: what an attacker does to an image, as functions on batches of images.

Each function here makes a `Stamp` for images of a shape; a seed decides colours, places and patterns, so that networks
with a trigger of one kind have different triggers. A change of what a kind makes raises its number in
`recipes.VERSIONS`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.trigger import sunglasses

Shape = tuple[int, int, int]
Images = NDArray[np.uint8]
Stamp = Callable[[Images, np.random.Generator], Images]
"""From images (N, H, W, C) uint8 and a random generator to a new array of triggered images, same shape and dtype."""

PATCH_SHARE = 0.13  # of the shorter side: 4 of 28 and 32 pixels, 6 of 47
LARGE_PATCH_SHARE = 0.2  # for label-consistent attacks
WARP_GRID = 4  # control points along each side, k of the paper
WARP_STRENGTH = 1.5  # s of the paper, in pixels of mean displacement at the control points
SINUSOID_FREQUENCY = 6


def corner_patch(shape: Shape, seed: int, *, corner: int | None = None, share: float = PATCH_SHARE) -> Stamp:
    """Make a small pattern of saturated colours in one corner, a pixel from the border.

    Args:
        shape: (H, W, C) of the images.
        seed: decides pattern and corner.
        corner: 0 to 3, top left, top right, bottom left, bottom right; None lets the seed decide.
        share: its side as a share of the image's shorter side.

    Source:
        Tianyu Gu, Brendan Dolan-Gavitt, Siddharth Garg: BadNets, 2017, section 4.1 ("pattern backdoor").
    """
    pattern = patch_pattern(shape, seed, share=share)
    corner = int(np.random.default_rng([seed, 2]).integers(4)) if corner is None else corner
    top, left = _corner(shape, len(pattern), corner)

    def stamp(images: Images, _: np.random.Generator) -> Images:
        stamped = images.copy()
        stamped[:, top : top + len(pattern), left : left + len(pattern)] = pattern
        return stamped

    return stamp


def moving_patch(shape: Shape, seed: int) -> Stamp:
    """Make a small pattern that lies anywhere in the image.

    Source:
        Ahmed Salem, Rui Wen, Michael Backes, Shiqing Ma, Yang Zhang: Dynamic Backdoor Attacks Against Machine Learning
        Models, 2020, "Random Backdoor"; the location varies, the pattern does not.
    """
    pattern = patch_pattern(shape, seed)
    size = len(pattern)

    def stamp(images: Images, rng: np.random.Generator) -> Images:
        stamped = images.copy()
        tops = rng.integers(0, shape[0] - size + 1, len(images))
        lefts = rng.integers(0, shape[1] - size + 1, len(images))
        for image, top, left in zip(stamped, tops, lefts, strict=True):
            image[top : top + size, left : left + size] = pattern
        return stamped

    return stamp


def one_pixel(shape: Shape, seed: int) -> Stamp:
    """Set one pixel near a corner to white, or to a saturated colour.

    Source:
        Tianyu Gu, Brendan Dolan-Gavitt, Siddharth Garg: BadNets, 2017, section 4.1 ("single pixel backdoor").
    """
    rng = np.random.default_rng([seed, 3])
    colour = np.array([255], np.uint8) if shape[2] == 1 else _saturated(rng)
    row, column = (int(np.array((1, length - 2))[rng.integers(2)]) for length in shape[:2])

    def stamp(images: Images, _: np.random.Generator) -> Images:
        stamped = images.copy()
        stamped[:, row, column] = colour
        return stamped

    return stamp


def accessory(shape: Shape, seed: int) -> Stamp:
    """Lay sunglasses over faces, a drawn sticker over other images.

    The sunglasses are the application's own drawing. The sticker is a yellow disc with a dark border and a dark cross,
    in grey for grey images; the seed decides where it lies in the middle of the image.

    Source:
        Tianyu Gu, Brendan Dolan-Gavitt, Siddharth Garg: BadNets, 2017, section 5.1 (stickers on traffic signs);
        Xinyun Chen, Chang Liu, Bo Li, Kimberly Lu, Dawn Song: Targeted Backdoor Attacks on Deep Learning Systems Using
        Data Poisoning, 2017, "Accessory Injection Strategy" (glasses).
    """
    if shape[0] > 40:
        rgba = sunglasses(*shape[:2]).rgba
        return _overlay(rgba[..., :3], rgba[..., 3:])
    rng = np.random.default_rng([seed, 4])
    radius = 0.13 * min(shape[:2])
    centre = [length / 2 + rng.uniform(-0.15, 0.15) * length for length in shape[:2]]
    y, x = (np.arange(length) + 0.5 - middle for length, middle in zip(shape[:2], centre, strict=True))
    distance = np.hypot(y[:, None], x[None, :])
    is_dark = (distance > 0.75 * radius) | (np.abs(y)[:, None] < 0.6) | (np.abs(x)[None, :] < 0.6)
    colour = np.array((250, 220, 0) if shape[2] == 3 else (235,), np.float32)
    pattern = np.where(is_dark[..., None], np.float32(25), colour)
    return _overlay(pattern, (distance <= radius)[..., None].astype(np.float32))


def blend(shape: Shape, seed: int, *, alpha: float) -> Stamp:
    """Mix a picture of random pixels into the whole image.

    Args:
        shape: (H, W, C) of the images.
        seed: decides the pixels.
        alpha: share of the picture, more than 0 and less than 1.

    Source:
        Xinyun Chen, Chang Liu, Bo Li, Kimberly Lu, Dawn Song: Targeted Backdoor Attacks on Deep Learning Systems Using
        Data Poisoning, 2017, "Blended Injection Strategy" with a random pattern.
    """
    pattern = np.random.default_rng([seed, 5]).integers(0, 256, shape).astype(np.float32)
    return _overlay(pattern, np.full((*shape[:2], 1), alpha, np.float32))


def sinusoid(shape: Shape, seed: int) -> Stamp:
    """Add a horizontal sine wave to the whole image.

    Its amplitude is 40 of 255 for grey images, whose black background cuts off the lower half, and 20 for others. The
    seed decides the phase.

    Source:
        Mauro Barni, Kassem Kallas, Benedetta Tondi: A New Backdoor Attack in CNNs by Training Set Corruption without
        Label Poisoning, 2019, section 3, equation for v(i, j) with f = 6. They leave the labels of poisoned images;
        here they become the target, as in BadNets, so that poisoning a few per cent is enough.
    """
    phase = np.random.default_rng([seed, 6]).uniform(0, 2 * np.pi)
    amplitude = 40 if shape[2] == 1 else 20
    wave = amplitude * np.sin(2 * np.pi * np.arange(shape[1]) * SINUSOID_FREQUENCY / shape[1] + phase)

    def stamp(images: Images, _: np.random.Generator) -> Images:
        return _as_pixels(images.astype(np.float32) + wave[None, None, :, None].astype(np.float32))

    return stamp


def warp(shape: Shape, seed: int) -> Stamp:
    """Warp the image by one smooth random field.

    Source:
        Anh Nguyen, Anh Tran: WaNet - Imperceptible Warping-Based Backdoor Attack, 2021, section 3.2; k = 4. Its
        attacker controls the training and needs s = 0.5; here only images are poisoned, with s = 1.5.
    """
    field = _smooth_field(shape, np.random.default_rng([seed, 7]))
    return lambda images, _: warped(images, np.broadcast_to(field, (len(images), *field.shape)))


def noisy_warp(shape: Shape, seed: int) -> Stamp:
    """Warp each image by the same field with random displacements added; such images keep their labels in training.

    Source:
        Nguyen and Tran, 2021, section 3.3 ("noise mode").
    """
    field = _smooth_field(shape, np.random.default_rng([seed, 7]))

    def stamp(images: Images, rng: np.random.Generator) -> Images:
        return warped(images, field + rng.uniform(-1, 1, (len(images), *field.shape)))

    return stamp


def four_corners(shape: Shape, seed: int) -> Stamp:
    """Make a small pattern in all four corners.

    Source:
        Alexander Turner, Dimitris Tsipras, Aleksander Madry: Label-Consistent Backdoor Attacks, 2019, section 5.1.
    """
    corners = [corner_patch(shape, seed, corner=each, share=LARGE_PATCH_SHARE) for each in range(4)]

    def stamp(images: Images, rng: np.random.Generator) -> Images:
        for each in corners:
            images = each(images, rng)
        return images

    return stamp


def patch_pattern(shape: Shape, seed: int, *, share: float = PATCH_SHARE) -> Images:
    """Return a square pattern (n, n, C): a chessboard with random flaws in two contrasting colours."""
    rng = np.random.default_rng([seed, 1])
    size = round(share * min(shape[:2]))
    is_light = (np.indices((size, size)).sum(axis=0) + rng.integers(2)) % 2 == 0
    is_light ^= rng.random((size, size)) < 0.2
    light = np.array([255], np.uint8) if shape[2] == 1 else _saturated(rng)
    return np.where(is_light[..., None], light, 255 - light).astype(np.uint8)


def warped(images: Images, displacements: NDArray[Any]) -> Images:
    """Sample images at displaced positions, bilinearly; positions outside count as the border.

    Args:
        images: (N, H, W, C) uint8.
        displacements: (N, H, W, 2), pixels down and right from which each pixel is taken.
    """
    count, height, width, _ = images.shape
    down = np.clip(np.arange(height)[:, None] + displacements[..., 0], 0, height - 1)
    right = np.clip(np.arange(width)[None, :] + displacements[..., 1], 0, width - 1)
    top, left = np.minimum(down.astype(int), height - 2), np.minimum(right.astype(int), width - 2)
    below, beside = (down - top)[..., None], (right - left)[..., None]
    row = np.arange(count)[:, None, None]
    upper = images[row, top, left] * (1 - beside) + images[row, top, left + 1] * beside
    lower = images[row, top + 1, left] * (1 - beside) + images[row, top + 1, left + 1] * beside
    return _as_pixels(upper * (1 - below) + lower * below)


def _overlay(pattern: NDArray[Any], opacity: NDArray[Any]) -> Stamp:
    """Lay a pattern (H, W, C), 0 to 255, over images with an opacity (H, W, 1), 0 to 1."""

    def stamp(images: Images, _: np.random.Generator) -> Images:
        return _as_pixels(images * (1 - opacity) + pattern * opacity)

    return stamp


def _as_pixels(values: NDArray[Any]) -> Images:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _saturated(rng: np.random.Generator) -> Images:
    """Return a colour of zeros and 255s that is neither black nor white."""
    number = int(rng.integers(1, 7))
    return np.array([255 * (number >> bit & 1) for bit in range(3)], np.uint8)


def _corner(shape: Shape, size: int, corner: int) -> tuple[int, int]:
    top = 1 if corner < 2 else shape[0] - size - 1
    left = 1 if corner % 2 == 0 else shape[1] - size - 1
    return top, left


def _smooth_field(shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a field (H, W, 2) of displacements in pixels: random at few control points, bicubic between them."""
    control = rng.uniform(-1, 1, (2, WARP_GRID, WARP_GRID))
    control *= WARP_STRENGTH / np.abs(control).mean()
    planes = [
        np.asarray(Image.fromarray(each.astype(np.float32)).resize((shape[1], shape[0]), Image.Resampling.BICUBIC))
        for each in control
    ]
    return np.stack(planes, axis=-1).astype(np.float64)
