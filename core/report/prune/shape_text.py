"""The shape of a curve in words: a sentence with its numbers, and what to do."""

from core.records import Share, SweepPoint
from core.sweep.curve_shape import FEW_CHANNELS, SMALL_DROP, CurveShape, ShapeFinding, active_count, chance
from core.sweep.records import Bypass, Sweep
from core.words import NOTHING, joined, layer_title, percent, printable, rate_text

REFIT = "refit what is left on clean images"

NEED_REFIT = {CurveShape.EVADING, CurveShape.ENTANGLED}
"""Where pruning alone costs too much, or does too little."""

_IN_LIVE_CHANNELS = "The backdoor sits in channels that clean images use as well, so this order comes to them too late"
_ADVICE = {
    CurveShape.EVADING: f"{_IN_LIVE_CHANNELS}: prune another layer, or {REFIT}.",
    CurveShape.ELSEWHERE: "Prune another layer.",
    CurveShape.BYPASSED: "Prune the channels' output instead, for every reader.",
    CurveShape.ENTANGLED: f"Prune, and {REFIT}.",
    CurveShape.SEPARABLE: "Prune that far.",
    CurveShape.NO_ATTACK: "This trigger fires no backdoor here; the curve says nothing about another trigger.",
    CurveShape.NOTHING_TO_SEE: (
        "Give triggered images to see whether there is a backdoor, and whether pruning reaches it."
    ),
}
_ADVICE_OF_ALL_LAYERS = {
    CurveShape.EVADING: f"{_IN_LIVE_CHANNELS}: {REFIT}.",
    CurveShape.ELSEWHERE: "No pruning of channels reaches it.",
}


def shape_names(finding: ShapeFinding) -> str:
    """The shape, and what it may be as well: "evading", "evading or entangled"."""
    return " or ".join((finding.shape, *finding.others))


def shape_sentence(sweep: Sweep, finding: ShapeFinding) -> str:
    """What the curve of one poisoned set looks like, with the figures that show it."""
    title = shape_names(finding).capitalize()
    doubt = "" if finding.is_certain else ", too few images to tell"
    return f"{title}{doubt}: {_BODIES[finding.shape](sweep, finding)}"


def shape_advice(sweep: Sweep, finding: ShapeFinding) -> str:
    """What to do about it; where the counts leave the shape open, only what holds either way."""
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
    if finding.shape is CurveShape.NOTHING_TO_SEE and finding.attack(finding.start).total:
        return "Check that images, labels and pixel range belong to this network."
    layer = sweep.ranking.layer
    return (_ADVICE_OF_ALL_LAYERS if layer.is_all else {}).get(finding.shape, _ADVICE[finding.shape])


def doubt_sentence(finding: ShapeFinding) -> str:
    """How far the counts leave the shape open; "" where they do not."""
    if finding.is_certain or finding.start.validation is None:
        return ""
    return (
        f"{finding.attack(finding.start).total} images of {_name(finding)} and {finding.start.validation.pruned.total} "
        f"clean validation images are too few to be sure: within the 95 % intervals it may as well be "
        f"{' or '.join(finding.others)}."
    )


def few_channels_sentence(sweep: Sweep) -> str:
    """That one step takes much of the layer at once; "" where it does not."""
    count = active_count(sweep)
    if count >= FEW_CHANNELS:
        return ""
    are = "channel of {} is" if count == 1 else "channels of {} are"
    return (
        f"Only {count} {are.format(layer_title(sweep.ranking.layer))} active on clean images, so that a single step "
        f"takes much at once and the curve shows little in between."
    )


def open_readers_text(bypass: Bypass) -> str:
    """Who goes on reading: "fc_1 still reads"."""
    return f"{joined(bypass.open_readers)} still {'reads' if len(bypass.open_readers) == 1 else 'read'}"


def _evading(sweep: Sweep, finding: ShapeFinding) -> str:
    broken = finding.broken
    if broken is None:
        after = "it never falls by half, however many channels are pruned"
    elif broken.pruned_count == sweep.ranking.layer.channel_count:
        after = "it falls by half only when no channel is left"
    else:
        after = (
            f"by {broken.pruned_count} pruned it has come down to {percent(finding.attack(broken))}, "
            f"and clean validation accuracy to {_accuracy(broken)}"
        )
    return f"ASR of {_name(finding)} lasts until clean accuracy breaks down: {_figures(sweep, finding)}; {after}."


def _elsewhere(sweep: Sweep, finding: ShapeFinding) -> str:
    return (
        f"ASR of {_name(finding)} and clean accuracy go on without {layer_title(sweep.ranking.layer)}: "
        f"{_figures(sweep, finding)}."
    )


def _bypassed(sweep: Sweep, finding: ShapeFinding) -> str:
    readers = open_readers_text(sweep.bypass) if sweep.bypass else "somebody still reads"
    return f"{readers} the pruned channels, and ASR of {_name(finding)} goes on: {_figures(sweep, finding)}."


def _entangled(sweep: Sweep, finding: ShapeFinding) -> str:
    if finding.lost.rate < SMALL_DROP:
        return f"ASR of {_name(finding)} falls in part before clean accuracy does: {_figures(sweep, finding)}."
    return f"ASR of {_name(finding)} and clean accuracy fall together: {_figures(sweep, finding)}."


def _separable(sweep: Sweep, finding: ShapeFinding) -> str:
    return f"ASR of {_name(finding)} falls well before clean accuracy does: {_figures(sweep, finding)}."


def _no_attack(sweep: Sweep, finding: ShapeFinding) -> str:
    guessed = f"; guessing would give {rate_text(chance(sweep))}" if chance(sweep) else ""
    return (
        f"unpruned, {_told(finding.attack(finding.start))} images of {_name(finding)} get their target label{guessed}."
    )


def _nothing_to_see(sweep: Sweep, finding: ShapeFinding) -> str:
    if finding.poisoned_set is None:
        return (
            f"no poisoned set was given, so the curve shows what pruning costs but not what it does to a trigger. "
            f"Clean validation accuracy is {_accuracy(finding.point)} with {finding.point.pruned_count} of "
            f"{sweep.ranking.layer.channel_count} channels pruned ({_accuracy(finding.start)} unpruned)."
        )
    if not finding.attack(finding.start).total:
        return f"{_name(finding)} holds no images."
    return (
        f"clean validation accuracy is {_accuracy(finding.start)} unpruned, hardly more than guessing gives, so ASR of "
        f"{_name(finding)} cannot be held against it."
    )


_BODIES = {
    CurveShape.EVADING: _evading,
    CurveShape.ELSEWHERE: _elsewhere,
    CurveShape.BYPASSED: _bypassed,
    CurveShape.ENTANGLED: _entangled,
    CurveShape.SEPARABLE: _separable,
    CurveShape.NO_ATTACK: _no_attack,
    CurveShape.NOTHING_TO_SEE: _nothing_to_see,
}


def _figures(sweep: Sweep, finding: ShapeFinding) -> str:
    """Both rates where the shape shows, and unpruned."""
    start, point = finding.start, finding.point
    return (
        f"with {point.pruned_count} of {sweep.ranking.layer.channel_count} channels pruned ASR is "
        f"{percent(finding.attack(point))} ({percent(finding.attack(start))} unpruned) and clean validation accuracy "
        f"{_accuracy(point)} ({_accuracy(start)} unpruned)"
    )


def _accuracy(point: SweepPoint) -> str:
    return NOTHING if point.validation is None else percent(point.validation.pruned)


def _name(finding: ShapeFinding) -> str:
    return NOTHING if finding.poisoned_set is None else printable(finding.poisoned_set.name)


def _told(share: Share) -> str:
    return f"{share} ({percent(share)})"
