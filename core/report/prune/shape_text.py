"""Text about the shape of a curve: a sentence with its figures, and advice."""

from core.records import Share, SweepPoint
from core.sweep.curve_shape import FEW_CHANNELS, SMALL_DROP, CurveShape, ShapeFinding, active_count, chance
from core.sweep.records import Sweep, open_readers_text
from core.words import NOTHING, layer_title, percent, printable, rate_text

REFIT = "refit what is left on clean images"

NEED_REFIT = {CurveShape.EVADING, CurveShape.ENTANGLED}
"""Shapes for which pruning alone costs too much accuracy or removes too little of the attack."""

SHAPE_NAMES = {shape: str(shape) for shape in CurveShape} | {CurveShape.CANNOT_TELL: "cannot tell"}
"""Name of each shape; results files use codes of their own."""

SHAPE_MEANINGS = {
    CurveShape.EVADING: "the attack lasts until clean accuracy breaks down",
    CurveShape.ELSEWHERE: "the attack and clean accuracy both remain with the whole layer pruned",
    CurveShape.BYPASSED: "another layer still reads the pruned channels, and the attack goes on",
    CurveShape.ENTANGLED: "the attack and clean accuracy fall together, or the attack falls only in part",
    CurveShape.SEPARABLE: "the attack is gone before clean accuracy falls",
    CurveShape.NO_ATTACK: "the unpruned network does not do what the trigger asks for",
    CurveShape.CANNOT_TELL: "there are no triggered images, or no clean accuracy to compare the attack with",
}
"""Meaning of each shape, as a clause."""

_IN_LIVE_CHANNELS = "The backdoor sits in channels that clean images use as well, so this order reaches them too late"
_ADVICE = {
    CurveShape.EVADING: f"{_IN_LIVE_CHANNELS}: prune another layer, or {REFIT}.",
    CurveShape.ELSEWHERE: "Prune another layer.",
    CurveShape.BYPASSED: "Prune the channels' output instead, for every reader.",
    CurveShape.ENTANGLED: f"Prune, and {REFIT}.",
    CurveShape.SEPARABLE: "Prune that far.",
    CurveShape.NO_ATTACK: "This trigger activates no backdoor here; the curve says nothing about other triggers.",
    CurveShape.CANNOT_TELL: (
        "Open triggered images to see whether there is a backdoor, and whether pruning reaches it."
    ),
}
_ADVICE_OF_ALL_LAYERS = {
    CurveShape.EVADING: f"{_IN_LIVE_CHANNELS}: {REFIT}.",
    CurveShape.ELSEWHERE: "Pruning channels cannot reach it.",
}


def shape_names(finding: ShapeFinding) -> str:
    """Return the name of the shape, and of others that it may be: "evading", "evading or entangled"."""
    return " or ".join(SHAPE_NAMES[each] for each in (finding.shape, *finding.others))


def explained(shape: CurveShape) -> str:
    """Return the shape with its meaning: "separable (the attack is gone before clean accuracy falls)"."""
    return f"{SHAPE_NAMES[shape]} ({SHAPE_MEANINGS[shape]})"


def shape_definitions() -> tuple[str, ...]:
    """Return a sentence for each shape with its meaning."""
    return tuple(f"{SHAPE_NAMES[each].capitalize()}: {SHAPE_MEANINGS[each]}." for each in CurveShape)


def shape_sentence(sweep: Sweep, finding: ShapeFinding) -> str:
    """Describe the curve of one poisoned set: the name of its shape, and the figures that show it."""
    title = shape_names(finding).capitalize()
    doubt = "" if finding.is_certain else ", too few images to say which"
    return f"{title}{doubt}: {_BODIES[finding.shape](sweep, finding)}"


def shape_advice(sweep: Sweep, finding: ShapeFinding) -> str:
    """Return advice; if the counts leave the shape open, only advice that holds either way."""
    needs_refit = {finding.shape, *finding.others} <= NEED_REFIT
    if needs_refit and sweep.ranking.kind.is_for_comparison:
        return (
            f"The channels were pruned in {sweep.ranking.kind} order: prune the least active first before you conclude."
        )
    if not finding.is_certain:
        return (
            f"Either way pruning alone is not enough: {REFIT}."
            if needs_refit
            else "Measure with more images before you act on it."
        )
    if finding.shape is CurveShape.CANNOT_TELL and finding.attack(finding.start).total:
        return "Check that images, labels and pixel range belong to this network."
    layer = sweep.ranking.layer
    return (_ADVICE_OF_ALL_LAYERS if layer.is_all else {}).get(finding.shape, _ADVICE[finding.shape])


def doubt_sentence(finding: ShapeFinding) -> str:
    """Say which other shapes the counts allow; "" if the shape is certain."""
    if finding.is_certain or finding.start.validation is None:
        return ""
    return (
        f"{finding.attack(finding.start).total} images of {_name(finding)} and {finding.start.validation.pruned.total} "
        f"clean validation images are too few to be sure: within the 95 % intervals it may as well be "
        f"{' or '.join(explained(each) for each in finding.others)}."
    )


def few_channels_sentence(sweep: Sweep) -> str:
    """Say that one step removes much of the layer at once; "" if it does not."""
    count = active_count(sweep)
    if count >= FEW_CHANNELS:
        return ""
    are = "channel of {} is" if count == 1 else "channels of {} are"
    return (
        f"Only {count} {are.format(layer_title(sweep.ranking.layer))} active on clean images, so a single step removes "
        f"much at once and the curve shows little in between."
    )


def _evading(sweep: Sweep, finding: ShapeFinding) -> str:
    broken = finding.broken
    if broken is None:
        after = "ASR never falls by half, however many channels are pruned"
    elif broken.pruned_count == sweep.ranking.layer.channel_count:
        after = "ASR falls by half only when no channel is left"
    else:
        after = (
            f"with {broken.pruned_count} pruned, ASR has fallen to {percent(finding.attack(broken))} and clean "
            f"validation accuracy to {_accuracy(broken)}"
        )
    return (
        f"the attack with {_name(finding)} lasts until clean accuracy breaks down. {_figures(sweep, finding)}; {after}."
    )


def _elsewhere(sweep: Sweep, finding: ShapeFinding) -> str:
    return (
        f"the attack with {_name(finding)} and clean accuracy both remain with all channels of "
        f"{layer_title(sweep.ranking.layer)} pruned. {_figures(sweep, finding)}."
    )


def _bypassed(sweep: Sweep, finding: ShapeFinding) -> str:
    readers = open_readers_text(sweep.bypass) if sweep.bypass else "another layer still reads"
    return f"{readers} the pruned channels, and the attack with {_name(finding)} goes on. {_figures(sweep, finding)}."


def _entangled(sweep: Sweep, finding: ShapeFinding) -> str:
    if finding.lost.rate < SMALL_DROP:
        return (
            f"the attack with {_name(finding)} falls only in part before clean accuracy does. "
            f"{_figures(sweep, finding)}."
        )
    return f"the attack with {_name(finding)} and clean accuracy fall together. {_figures(sweep, finding)}."


def _separable(sweep: Sweep, finding: ShapeFinding) -> str:
    return f"the attack with {_name(finding)} is gone before clean accuracy falls. {_figures(sweep, finding)}."


def _no_attack(sweep: Sweep, finding: ShapeFinding) -> str:
    guessed = f"; guessing would give {rate_text(chance(sweep))}" if chance(sweep) else ""
    return (
        f"the unpruned network does not do what the trigger asks for. "
        f"{_count_and_rate(finding.attack(finding.start))} images of {_name(finding)} get their target label{guessed}."
    )


def _cannot_tell(sweep: Sweep, finding: ShapeFinding) -> str:
    if finding.poisoned_set is None:
        return (
            f"no triggered images. The curve shows what pruning costs, but not what it does to a trigger: "
            f"clean validation accuracy is {_accuracy(finding.point)} with {finding.point.pruned_count} of "
            f"{sweep.ranking.layer.channel_count} channels pruned ({_accuracy(finding.start)} unpruned)."
        )
    if not finding.attack(finding.start).total:
        return f"no triggered images, as {_name(finding)} holds none."
    return (
        f"clean validation accuracy is {_accuracy(finding.start)} unpruned, hardly more than guessing gives, so there "
        f"is nothing to compare ASR of {_name(finding)} with."
    )


_BODIES = {
    CurveShape.EVADING: _evading,
    CurveShape.ELSEWHERE: _elsewhere,
    CurveShape.BYPASSED: _bypassed,
    CurveShape.ENTANGLED: _entangled,
    CurveShape.SEPARABLE: _separable,
    CurveShape.NO_ATTACK: _no_attack,
    CurveShape.CANNOT_TELL: _cannot_tell,
}


def _figures(sweep: Sweep, finding: ShapeFinding) -> str:
    """Return both rates at the step that shows the shape, and unpruned."""
    start, point = finding.start, finding.point
    return (
        f"With {point.pruned_count} of {sweep.ranking.layer.channel_count} channels pruned, ASR is "
        f"{percent(finding.attack(point))} ({percent(finding.attack(start))} unpruned) and clean validation accuracy "
        f"is {_accuracy(point)} ({_accuracy(start)} unpruned)"
    )


def _accuracy(point: SweepPoint) -> str:
    return NOTHING if point.validation is None else percent(point.validation.pruned)


def _name(finding: ShapeFinding) -> str:
    return NOTHING if finding.poisoned_set is None else printable(finding.poisoned_set.name)


def _count_and_rate(share: Share) -> str:
    return f"{share} ({percent(share)})"
