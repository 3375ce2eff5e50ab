"""Text for figures and names, used by the terminal, the report and the window.

"100 %" and "0 %" are used only for exactly all and none, never by rounding.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from core.channels import ChannelTensor, PrunableLayer
from core.display import percent_text
from core.findings.scale_finding import ScaleFinding, ScaleReason
from core.records import Share, Side
from core.scale import AS_IN_THE_FILE, CUSTOM, Scale

NOTHING = "–"
"""Shown if a set is not loaded or a step does not exist."""

TARGET_NOTE = "Images whose true label is the target cannot be left out: the file holds target labels only."
"""Shown beside every ASR of a poisoned file in the lab's format."""

TENSOR_SENTENCES = {
    ChannelTensor.ACTIVATION: "Channels are ranked and zeroed behind the activation, in front of the batch "
    "normalization, which makes a constant of a zero.",
    ChannelTensor.NORMALIZATION: "Channels are ranked and zeroed behind the batch normalization that follows the "
    "activation.",
}
NO_TENSOR_CHOICE = "No batch normalization follows the activation of these layers: both tensors are the same."


def layer_title(layer: PrunableLayer) -> str:
    """Return a layer's name for a heading; for several layers, their names, the deepest first."""
    if not layer.parts:
        return layer.name
    names = ", ".join(part.name for part in layer.parts)
    return f"all convolutions ({names})" if layer.is_all else f"{names} together"


def tensor_words(layer: PrunableLayer) -> str:
    """Return where the channels are ranked and zeroed, " behind the activation"; empty if there is no choice."""
    return f" {layer.tensor.text}" if layer.tensor is not None else ""


def tensor_sentence(tensor: ChannelTensor | None) -> str:
    """Say which tensor is ranked and zeroed; empty if there is no choice."""
    return TENSOR_SENTENCES[tensor] if tensor is not None else ""


def channel_name(layer: PrunableLayer, channel: int) -> str:
    """Return a channel's name for a table: its index, with its layer's name if there are several."""
    name, index = layer.locate(channel)
    return f"{name} {index}" if layer.parts else str(index)


def percent(share: Share) -> str:
    """Format a share as "96.28 %", with enough decimals not to round to 0 or 100."""
    return percent_text(Fraction(100 * share.count, share.total)) if share.total else NOTHING


def rate_text(rate: float) -> str:
    """Format a rate in [0, 1] as "96.28 %"; "–" for NaN."""
    return NOTHING if math.isnan(rate) else percent_text(100 * Fraction(rate))


def bounds(share: Share) -> str:
    """Format the ends of the 95 % interval: "91.14–99.71"."""
    return "–".join(rate_text(end).removesuffix(" %") for end in share.interval)


def points(threshold: float) -> str:
    """Format an allowed drop in points: "2", "0.5"."""
    return f"{100 * threshold:.6g}"


def counted(count: int, one: str, many: str = "") -> str:
    """Format a count with its noun: "1 image", "12 images"."""
    return f"{count} {one}" if count == 1 else f"{count} {many or one + 's'}"


def points_text(threshold: float) -> str:
    """Format an allowed drop with its unit: "2 points", "1 point"."""
    text = points(threshold)
    return f"{text} point" if text == "1" else f"{text} points"


def duration_text(seconds: float) -> str:
    """Format a time: "12 s", "2 min 5 s", "1 h 20 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def side_text(side: Side) -> str:
    """Return "before crossing" or "after crossing"."""
    return "before crossing" if side is Side.BEFORE else "after crossing"


GIVEN = "as given by --scale"
STORED = "as stored in the model file"


def scale_name(scale: Scale) -> str:
    """Return what a network reads for a pixel: "0–255", "0–1", "−1 to 1, BGR", "pixel × 0.02 − 1.1"."""
    ending = ", BGR" if scale.is_bgr else ""
    if scale == Scale.CAFFE:
        return f"ImageNet's mean subtracted{ending}"
    plain = replace(scale, is_bgr=False).known() if scale.is_bgr else scale.known()
    names = {
        Scale.RAW: "0–255",
        Scale.UNIT: "0–1",
        Scale.SYMMETRIC: "−1 to 1",
        Scale.IMAGENET: "ImageNet's mean and deviation",
    }
    if plain in names:
        return names[plain] + ending
    if scale.name == AS_IN_THE_FILE:
        return f"as in the file ({number_text(min(scale.black))} to {number_text(max(scale.white))})"
    mean, deviation = (", ".join(map(number_text, each)) for each in (scale.mean, scale.deviation))
    if scale.name.removesuffix("-bgr") != CUSTOM:
        return f"mean {mean}, deviation {deviation}{ending}"
    factors, offsets = (", ".join(map(number_text, each)) for each in (scale.factors, scale.offsets))
    return f"pixel × {factors}{'' if offsets == '0' else f' + {offsets}'}{ending}".replace("+ −", "− ")


def number_text(value: float) -> str:
    """Return a number with three digits, and a real minus sign."""
    return f"{float(value) + 0.0:.3g}".replace("-", "−")


def scale_text(scale: Scale, finding: ScaleFinding | None, *, given: str = GIVEN) -> str:
    """Return what the network reads for a pixel and how that was found: "Pixels 0–1 (clean images right: 19 of 20; …)".

    Args:
        scale: what the network reads.
        finding: how it was found; None if it was given.
        given: the words for a scale that was not found.
    """
    name = scale_name(scale)
    how = given if finding is None else finding_text(finding, as_text=str)
    return f"Pixels {name}" if how in name else f"Pixels {name} ({how})"


def finding_text(finding: ScaleFinding, *, as_text: Callable[[Share], str]) -> str:
    """Return the evidence for a scale: "clean images right: 19 of 20; next best 0–255: 1 of 20".

    Args:
        finding: the finding.
        as_text: formats a share of images.
    """
    sampled = f", of a sample of {finding.right.total} images" if finding.is_sampled else ""
    words = [f"clean images right: {as_text(finding.right)}{sampled}"]
    if finding.reason is ScaleReason.STORED:
        words.insert(0, STORED)
    second = finding.runner_up
    if second is not None:
        words.append(f"next best {scale_name(second.scale)}: {as_text(second.right)}")
    if finding.reason is ScaleReason.FIT:
        words.append("as good as others, and its confidences fit best")
    elif finding.reason is ScaleReason.TIE:
        words.append("as good as others")
    return "; ".join(words)


def joined(names: Sequence[str]) -> str:
    """Join names for a sentence: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def make_distinct(files: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Make file names distinct, given (name, folder): prefix duplicates with the folder, else number them."""
    plain = [name for name, _ in files]
    names = [f"{folder}/{name}" if plain.count(name) > 1 else name for name, folder in files]
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if names.count(name) == 1 else f"{name} ({seen[name]})")
    return tuple(distinct)


ESTIMATED = "estimated with the reconstructed trigger"
"""Part of the name of every poisoned set that was made with a reconstructed trigger."""


STAMPED = "stamped in the studio"
"""Part of the name of every poisoned set that was made with a trigger of the studio: its figures are no estimates."""

_MARKS = {ESTIMATED: " (estimated)", STAMPED: " (stamped)"}


def estimated_name(base_name: str, label: int | None) -> str:
    """Return the name of a poisoned set that was made with a reconstructed trigger; wherever it is shown, it says so.

    Args:
        base_name: the name of the clean set.
        label: the class that the trigger draws the answers to; None if it is the class after each image's own.
    """
    return f"{base_name} ({ESTIMATED}{trigger_target(label)})"


def stamped_name(base_name: str, label: int | None) -> str:
    """Return the name of a poisoned set that was made with a trigger of the studio; see `estimated_name`."""
    return f"{base_name} ({STAMPED}, {'all-to-all' if label is None else f'target {label}'})"


def trigger_target(label: int | None) -> str:
    """Return what follows "trigger": " of class 3", or ", all-to-all" if there is no single class."""
    return ", all-to-all" if label is None else f" of class {label}"


def is_estimated(set_name: str) -> bool:
    """Return whether a poisoned set's name says that its figures are estimates."""
    return f" ({ESTIMATED}" in set_name


def short_mark(set_name: str) -> tuple[str, str]:
    """Return a poisoned set's name without what says how it was made, and " (estimated)", " (stamped)" or ""."""
    for words, mark in _MARKS.items():
        bare = set_name.partition(f" ({words}")[0]
        if bare != set_name:
            return bare, mark
    return set_name, ""


def set_endings(names: Sequence[str], *, shown: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return what follows the title of a figure for each poisoned set: its name if there are several sets.

    The only set is not named, but if it was made of clean images, that is said.

    Args:
        names: names of the poisoned sets.
        shown: shorter names to show.
    """
    if len(names) > 1:
        return tuple(f" {each}" for each in (shown or names))
    return tuple(short_mark(each)[1] for each in names)


def attack_word(names: Sequence[str]) -> str:
    """Return what the ASR over some poisoned sets is called: "ASR", "ASR (estimated)" or "ASR (partly estimated)"."""
    marks = [short_mark(each)[1] for each in names]
    if len(set(marks)) < 2:
        return f"ASR{marks[0] if marks else ''}"
    return "ASR (partly estimated)" if _MARKS[ESTIMATED] in marks else "ASR (partly stamped)"


def printable(text: str) -> str:
    """Escape control characters in an untrusted name, so that it cannot control a terminal."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)
