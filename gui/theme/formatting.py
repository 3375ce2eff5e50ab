"""Formats records as text; the same on every system and in every language. No Qt.

Figures are exact: "100 %" and "0 %" mean all and none, and are never the result of rounding.
"""

import html
import math
from collections.abc import Callable, Sequence
from pathlib import PurePath

from core import words
from core.channels import PrunableLayer
from core.findings.scale_finding import ScaleFinding
from core.network.confidence import CERTAINTY, DEFAULT_FALSE_ALARM_RATE, needed_count
from core.order.ranking import Ranking
from core.records import ClassScore, ImageAnswer, ModelSummary, Share, Side
from core.sweep.records import Bypass, SweepEstimate, open_readers_text
from core.sweep.stops import Stop
from core.words import (
    NOTHING,
    bounds,
    counted,
    duration_text,
    finding_text,
    joined,
    percent,
    points,
    points_text,
    printable,
    scale_name,
    short_mark,
    tensor_words,
)

NAME_LENGTH = 14
"""Maximum length of a file's name as the name of a column or a curve."""

FALSE_ALARM_TIP = (
    f"The largest share of clean images that G by confidence may flag, with {CERTAINTY * 100:g} % certainty; "
    f"{points(DEFAULT_FALSE_ALARM_RATE)} % need {needed_count(DEFAULT_FALSE_ALARM_RATE)} images to find a "
    "confidence level, a smaller share needs more"
)

LINK_TIP = "\nClick the figure, or press Enter, to see these images."
"""Added to the tooltip of a share whose images can be shown."""

MOST_DECIMALS = 8
"""Maximum decimals used to distinguish two percentages; float32 has no more."""

NAMED_LAYERS = 2
"""Maximum number of layers that are named in a set; of larger sets the rest is counted."""


def share_text(share: Share) -> str:
    """A share with its count: "96.28 % (12353 of 12830)"."""
    return f"{percent(share)} ({share})"


def interval_text(share: Share) -> str:
    """The share's interval: "95 % interval 95.94–96.60 %"."""
    return f"95 % interval {bounds_text(share)}"


def bounds_text(share: Share) -> str:
    """The ends of the share's 95 % interval: "95.94–96.60 %"."""
    return f"{bounds(share)} %"


def evidence_text(share: Share) -> str:
    """A share with its count and interval: "12353 of 12830 (96.28 %; 95 % interval 95.94–96.60 %)"."""
    if not share.total:
        return f"{share}"
    return f"{share} ({percent(share)}; {interval_text(share)})"


def estimate_text(share: Share) -> str:
    """Format an estimated share: "≈ 96 %"; 100 % and 0 % are only used for all and none."""
    if not share.total:
        return NOTHING
    points = round(100 * share.rate)
    if points == 0 and share.count:
        return "< 1 %"
    return "> 99 %" if points == 100 and share.count < share.total else f"≈ {points} %"


def estimate_note(estimate: SweepEstimate) -> str:
    """Describe a curve while it is estimated: "Estimate: 512 of 48754 images, order provisional"."""
    return f"Estimate: {_images_text(estimate)}{' (band: 95 %)' if estimate.is_order_final else ', order provisional'}"


def stopped_text(estimate: SweepEstimate) -> str:
    """Describe the estimate of a run that was stopped."""
    order = "" if estimate.is_order_final else " The order of the channels is provisional."
    return f"Stopped after {_images_text(estimate)}: what is shown is an estimate with its band.{order}"


def number_text(value: float) -> str:
    """Format a measured number with four significant digits, with an exponent only if it is very large or small."""
    if value == 0:
        return "0"
    if math.isnan(value) or math.isinf(value):
        return NOTHING
    if abs(value) >= 1e6 or abs(value) < 1e-4:
        return f"{value:.3e}"
    decimals = max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"


def probability_text(value: float) -> str:
    """Format a softmax output: "99.9 %"; values close to 0 and 1 as "< 0.1 %" and "> 99.9 %"."""
    if math.isnan(value):
        return NOTHING
    if value >= 0.9995:
        return "100 %" if value == 1 else "> 99.9 %"
    if value < 0.0005:
        return "0 %" if value == 0 else "< 0.1 %"
    return f"{100 * value:.1f} %"


def missing_stop_text(stop: Stop) -> str:
    """Return why a stop has no step."""
    if stop.threshold is None:
        return "The unpruned network has not been scored."
    drop = points_text(stop.threshold)
    if stop.side is Side.AFTER:
        return f"No step loses more than {drop} of validation accuracy, so there is none after the crossing."
    return f"No step keeps within {drop}."


def step_text(pruned_count: int, channels_left: int) -> str:
    """Describe the cursor position: "48 pruned, 12 left"."""
    return "unpruned" if pruned_count == 0 else f"{pruned_count} pruned, {channels_left} left"


def ordinal(number: int) -> str:
    """1 as "1st", 12 as "12th"."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def eta_text(seconds: float | None) -> str:
    """Format the remaining time: "about 2 min 5 s left"; empty if it is not known."""
    if seconds is None or math.isnan(seconds) or math.isinf(seconds):
        return ""
    if seconds < 1:
        return "less than 1 s left"
    return f"about {duration_text(seconds)} left"


def scale_text(finding: ScaleFinding) -> str:
    """Describe what the network reads for a pixel, and the evidence."""
    return f"{scale_name(finding.scale)}: {finding_text(finding, as_text=percent)}"


def model_text(model: ModelSummary) -> str:
    """Describe a model: "55 × 47 × 3 in, 1283 classes, 601643 parameters"."""
    size = " × ".join(str(side) for side in model.input_shape)
    return f"{size} in, {counted(model.class_count, 'class', 'classes')}, {counted(model.parameter_count, 'parameter')}"


def format_text(source_format: str) -> str:
    """The kind of a model file in words."""
    return {
        "keras": "Keras 3 file",
        "keras3-h5": "HDF5 of Keras 3",
        "keras2-h5": "HDF5 of Keras 2",
        "weights-h5": "HDF5, weights only",
        "saved-model": "SavedModel of Keras 2; networks are saved as Keras files",
        "onnx": "ONNX, converted to Keras layers; networks are saved as Keras files",
        "tflite": "TensorFlow Lite, converted to Keras layers; networks are saved as Keras files",
    }.get(source_format, source_format)


def layer_name(layer: PrunableLayer) -> str:
    """A layer's name, "All convolutions", or of several "conv_3 + conv_4", "conv_1 + 3 more"."""
    if not layer.parts:
        return layer.name
    if layer.is_all:
        return "All convolutions"
    names = [part.name for part in reversed(layer.parts)]
    if len(names) > NAMED_LAYERS:
        names = [*names[: NAMED_LAYERS - 1], f"{len(names) - NAMED_LAYERS + 1} more"]
    return " + ".join(names)


def layer_text(layer: PrunableLayer) -> str:
    """A layer as a choice: "conv_3 · 60 channels", "conv_3 + conv_4 · 140", "All convolutions · 200"."""
    if layer.parts:
        return f"{layer_name(layer)} · {layer.channel_count}"
    return f"{layer_name(layer)} · {counted(layer.channel_count, 'channel')}"


def layer_tip(layer: PrunableLayer) -> str:
    """Describe a layer: where it is measured and who reads it; or a set of layers."""
    if layer.parts:
        names = joined([part.name for part in reversed(layer.parts)])
        return f"{names} in one order, each channel by its activation as a share of its layer's most active one"
    return f"measured at {layer.measured_at}{tensor_words(layer)}; {readers_text(layer)}"


def readers_text(layer: PrunableLayer) -> str:
    """List the readers of a layer: "read by conv_4 and fc_1"."""
    return f"read by {joined([reader.layer for reader in layer.readers]) or 'nobody'}"


def ranking_text(ranking: Ranking) -> str:
    """Describe the channels: layer, count, dead channels, and the progress of measuring."""
    layer = ranking.layer
    place = f" at {layer.measured_at}" if layer.measured_at not in ("", layer.name) else ""
    tensor = tensor_words(layer)
    what = f"mean activation of {layer.name}{tensor or place}"
    if layer.parts:
        what = f"activation{tensor} in shares of each layer's largest"
    parts = [what, counted(layer.channel_count, "channel")]
    is_measuring = ranking.image_count < ranking.image_total
    if ranking.image_count:
        parts.append(f"{ranking.dead_count} dead" + (" so far" if is_measuring else ""))
    if is_measuring:
        parts.append(f"measured on {ranking.image_count} of {ranking.image_total}")
    return " · ".join(parts)


def bypass_text(bypass: Bypass, *, is_pruned: bool = True) -> str:
    """Describe who still reads the pruned channels and the risk; before pruning, who will."""
    danger = f"a trigger can get round {bypass.cut_reader}"
    if is_pruned:
        return f"{open_readers_text(bypass)} the pruned channels: {danger}"
    return f"Only {bypass.cut_reader} is cut off, {open_readers_text(bypass)} every channel: {danger}"


def probabilities_text(first: float, second: float) -> tuple[str, str]:
    """Format two probabilities with as many decimals as needed to distinguish them."""
    texts = probability_text(first), probability_text(second)
    decimals = 2
    while texts[0] == texts[1] and first != second and decimals < MOST_DECIMALS:
        texts = f"{100 * first:.{decimals}f} %", f"{100 * second:.{decimals}f} %"
        decimals += 1
    return texts


def is_target(answer: ImageAnswer, target_labels: frozenset[int]) -> bool:
    """Whether G answered with a target label; False if most classes are targets, as it would mean nothing."""
    return answer.repaired_label in target_labels and 2 * len(target_labels) <= answer.class_count


def verdict_text(
    answer: ImageAnswer, target_labels: frozenset[int] = frozenset(), *, called: Callable[[int], str] = str
) -> str:
    """Describe the answer of G: "G says: 950", that it is the attacker's target, or why the image was flagged.

    If G by confidence answers too, this is the answer of G by agreement.

    Args:
        answer: of B, B′ and G.
        target_labels: the target labels of the open poisoned sets.
        called: returns what a class is called.
    """
    says = "G says" if answer.confidence is None else "G by agreement"
    if answer.is_flagged:
        base, pruned = _best(answer.base, called), _best(answer.pruned, called)
        return f"{says}: backdoored — B answers {base}, B′ answers {pruned}"
    if is_target(answer, target_labels):
        return f"{says}: {called(answer.repaired_label)}, the attacker's target — not stopped by this B′"
    return f"{says}: {called(answer.repaired_label)}"


def confidence_text(answer: ImageAnswer) -> str:
    """Describe the answer of G by confidence and the reason; empty if no level is known."""
    judged = answer.confidence
    if judged is None:
        return ""
    if answer.is_flagged:
        return "G by confidence: backdoored as well, because B and B′ disagree"
    if not judged.level:
        return f"G by confidence: {answer.repaired_label} as well — no confidence level was found for this B′"
    texts = probabilities_text(judged.value, judged.level)
    value, level = (each.replace(" ", "\u00a0") for each in texts)  # a line never begins with "%"
    if judged.is_below:
        return f"G by confidence: backdoored — at {value} B′ is below the confidence level of {level}"
    return f"G by confidence: {answer.repaired_label} as well — at {value} B′ reaches the confidence level of {level}"


def short_name(name: str, length: int = NAME_LENGTH) -> str:
    """Return a file's name without its suffix, elided in the middle if long; never broken into lines.

    That the figures of a poisoned set are estimates is never elided.
    """
    bare, mark = short_mark(name)
    return cut_name(PurePath(bare).stem or bare, length) + mark.replace(" ", "\u00a0")


def cut_name(name: str, length: int) -> str:
    """Return a name, elided in the middle if long; never broken into lines."""
    shown = printable(name)
    if len(shown) > length:
        head = length // 2
        shown = f"{shown[:head]}…{shown[len(shown) - (length - head - 1) :]}"
    return shown.replace(" ", "\u00a0")


def short_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the short names of several files; equal ones are numbered: "2 sungla…n.h5"."""
    short = [short_name(name) for name in names]
    return tuple(
        one if short.count(one) == 1 else f"{place}\u00a0{short_name(name, NAME_LENGTH - 2)}"
        for place, (name, one) in enumerate(zip(names, short, strict=True), start=1)
    )


def set_endings(names: Sequence[str]) -> tuple[str, ...]:
    """Return what follows the title of a figure for each poisoned set, in short; see `core.words.set_endings`."""
    return words.set_endings(names, shown=short_names(names))


def whole_sentence(text: str) -> str:
    """Return the text of an error, which has neither, with a capital letter and a full stop; names stay as they are."""
    stop = "" if text.endswith((".", "!", "?", "…")) or not text else "."
    is_word = text.split(" ", 1)[0].isalpha()
    return f"{text[:1].upper() if is_word else text[:1]}{text[1:]}{stop}"


def paragraphs_html(texts: Sequence[str]) -> str:
    """Return sentences as HTML paragraphs of a tooltip; their text is escaped."""
    return "".join(f"<p>{html.escape(text)}</p>" for text in texts)


def _images_text(estimate: SweepEstimate) -> str:
    return f"{estimate.image_count} of {counted(estimate.image_total, 'image')}"


def _best(scores: tuple[ClassScore, ...], called: Callable[[int], str]) -> str:
    return called(scores[0].label) if scores else NOTHING
