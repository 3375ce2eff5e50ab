"""How a poisoned set was understood, and why that may be wrong, in sentences."""

from collections.abc import Sequence

from core.records import AttackKind, Doubt, Interpretation, SourceShare
from core.words import ESTIMATED, TARGET_NOTE, counted, joined, percent, printable

MOST_NAMED = 8
"""More classes than these are not all named."""

FEWEST_OF_SOURCE = 5
"""A set of a few classes has at least so many images of each; fewer are a small sample of many classes."""

NEXT_CLASS = "the class after the true one"

ADVICE = "set the target with --target, or with the target button in the window"


def interpretation_sentence(interpretation: Interpretation) -> str:
    """Say what the labels are, which target was found or given, and how many images B answers as it."""
    answered = _answered(interpretation)
    if interpretation.kind is AttackKind.LABELS:
        how = " because that was given" if interpretation.is_given else ""
        kind = "target labels"
        if interpretation.is_compared and len(interpretation.targets) > 1:
            kind = "target labels of an all-to-all attack, other classes than those of the most similar clean images"
        named = _classes(interpretation.targets)
        return f"labels are {kind}{how} ({named}): {answered} as labelled by B."
    if interpretation.kind is AttackKind.EACH:
        how = "given" if interpretation.is_given else "found"
        left_out = counted(interpretation.left_out_count, "image")
        rest = f"; {left_out} of classes without a known target left out" if interpretation.left_out_count else ""
        return (
            f"labels are true labels; all-to-all attack {how}, another target for each class "
            f"({_pairs(interpretation)}): {_answered(interpretation)} as the target of the true class by B{rest}."
        )
    if interpretation.kind is AttackKind.NEXT:
        how = "given" if interpretation.is_given else "found"
        return f"labels are true labels; all-to-all attack {how}: {answered} as the class after the true one by B."
    (target,) = interpretation.targets
    how = "given" if interpretation.is_given else "found" if interpretation.doubt is Doubt.NONE else "assumed"
    left_out = counted(interpretation.left_out_count, "image")
    verb = "is" if interpretation.left_out_count == 1 else "are"
    rest = f"; {left_out} of class {target} {verb} left out" if interpretation.left_out_count else ""
    return f"labels are true labels; target {target} {how}: {answered} as it by B{rest}."


def short_interpretation(interpretation: Interpretation) -> str:
    """Say it in a few words, for a file's card: "true labels, target 3 found"."""
    if interpretation.is_estimated and interpretation.kind is AttackKind.NEXT:
        return f"{ESTIMATED}, all-to-all"
    if interpretation.is_estimated:
        return f"{ESTIMATED}, target {_classes(interpretation.targets, most=3)}"
    if interpretation.kind is AttackKind.LABELS:
        return f"target labels {_classes(interpretation.targets, most=3)}"
    how = "given" if interpretation.is_given else "found" if interpretation.doubt is Doubt.NONE else "assumed"
    if interpretation.kind in (AttackKind.NEXT, AttackKind.EACH):
        return f"true labels, all-to-all {how}"
    return f"true labels, target {interpretation.targets[0]} {how}"


def is_plain(interpretation: Interpretation) -> bool:
    """Return whether the labels were understood as target labels without a doubt or a comparison: nothing to tell."""
    is_certain = interpretation.doubt is Doubt.NONE and not interpretation.is_compared
    return is_certain and not interpretation.has_true_labels and not interpretation.is_given


def target_words(interpretation: Interpretation | None, labels: Sequence[int]) -> str:
    """Name the target in a table: "target 3", "the class after the true one", or "another class for each".

    Args:
        interpretation: how the set was understood; None if that is unknown.
        labels: the labels that the attacker wants.
    """
    if interpretation is not None and interpretation.kind is AttackKind.NEXT:
        return NEXT_CLASS
    if interpretation is not None and interpretation.kind is AttackKind.EACH:
        return "another class for each true one"
    return f"target {', '.join(map(str, labels[:MOST_NAMED]))}" + (", …" if len(labels) > MOST_NAMED else "")


def source_sentence(interpretation: Interpretation) -> str:
    """Say how the attack success of B differs between true classes; "" if that tells nothing."""
    sources, named_sources = interpretation.sources, [each.label for each in interpretation.by_source]
    if sources:
        start = f"The attack is source-specific, on {_class_words(sources)}"
    elif _differs(interpretation):
        start = "Unpruned, the attack differs between true classes"
    elif _has_few_sources(interpretation):
        start = f"The set has images of {_class_words(named_sources)} only"
    else:
        return ""
    shares = sorted(interpretation.by_source, key=lambda each: (-each.share.rate, each.label))
    named = [f"{each.share} of class {each.label}" for each in _ends(shares)]
    return f"{start}: {joined(named)} get the target."


def doubt_sentence(interpretation: Interpretation, *, name: str) -> str:
    """Say why an interpretation may be wrong, and what to do; "" without a doubt."""
    favourite = f"{interpretation.favourite_count} of {_seen(interpretation)}"
    target = interpretation.targets[0] if len(interpretation.targets) == 1 else None
    wanted = NEXT_CLASS if target is None else f"class {target}"
    if interpretation.kind is AttackKind.EACH:
        wanted = f"another class for each true one ({_pairs(interpretation)})"
    match interpretation.doubt:
        case Doubt.WEAK:
            sentence = (
                f"Poisoned set {name}: only {_answered(interpretation)} as the target that was found, {wanted}. If the "
                f"attacker's target is another, {ADVICE}."
            )
        case Doubt.UNKNOWN:
            sentence = (
                f"The target of the poisoned set {name} cannot be told: its labels vary, B predicts "
                f"{interpretation.as_labelled} of them, and no other answer stands out. Its ASR counts {wanted}; "
                f"{ADVICE}."
            )
        case Doubt.ONE_LABEL:
            sentence = (
                f"All images of the poisoned set {name} have label {interpretation.targets[0]}, but B answers "
                f"{favourite} as class {interpretation.favourite}: if the labels are true labels, {ADVICE}."
            )
        case Doubt.NO_EFFECT:
            sentence = (
                f"The poisoned set {name} looks like a clean set: its labels are those of the most similar clean "
                f"images, and B predicts {interpretation.as_labelled} of them. Either it has no trigger or the trigger "
                f"has no effect; its ASR counts {wanted}. If the attacker's target is another, {ADVICE}."
            )
        case Doubt.CLEAN_OR_ALL_TO_ALL:
            sentence = (
                f"The poisoned set {name} looks like a clean set: its {interpretation.image_count} images have "
                f"{len(interpretation.targets)} different labels, and B predicts {interpretation.as_labelled} of them; "
                f"its ASR is then the share predicted as the label in the file, which is right only for an all-to-all "
                f"attack with target labels. If the labels are true labels, {ADVICE}."
            )
        case Doubt.OTHER_TARGET:
            sentence = (
                f"B answers {favourite} images of the poisoned set {name} as class {interpretation.favourite}, "
                f"not as the target that was given, {wanted}."
            )
        case _:
            sentence = ""
    return sentence


def set_notes(
    names: Sequence[str], interpretations: Sequence[Interpretation | None], *, has_plain: bool = True
) -> tuple[str, ...]:
    """Return how each poisoned set was understood, and what its figures cannot leave out; empty without such sets.

    Args:
        names: distinct names of the poisoned sets.
        interpretations: how each was understood; None if that is unknown.
        has_plain: whether to say it of sets with plain target labels, too.
    """
    notes = []
    for name, each in zip(names, interpretations, strict=True):
        if each is not None and (has_plain or not is_plain(each)):
            parts = [f"{printable(name)}: {interpretation_sentence(each)}", source_sentence(each)]
            notes.append(" ".join(part for part in parts if part))
    has_targets = any(each is None or not each.has_true_labels for each in interpretations)
    return (*notes, *([TARGET_NOTE] if has_targets else []))


def _answered(interpretation: Interpretation) -> str:
    verb = "is" if interpretation.answered.count == 1 else "are"
    drawn = " images drawn" if interpretation.is_sampled else ""
    answered = interpretation.answered
    return f"{answered}{drawn} ({percent(answered)}) {verb} answered"


def _pairs(interpretation: Interpretation) -> str:
    pairs = [f"{label} → {wanted}" for label, wanted in interpretation.wanted]
    return ", ".join(pairs[:MOST_NAMED]) + (", …" if len(pairs) > MOST_NAMED else "")


def _seen(interpretation: Interpretation) -> str:
    return str(interpretation.answered.total)


def _differs(interpretation: Interpretation) -> bool:
    """Return whether the 95 % intervals of two true classes are apart."""
    intervals = [each.share.interval for each in interpretation.by_source]
    return bool(intervals) and max(low for low, _ in intervals) > min(high for _, high in intervals)


def _has_few_sources(interpretation: Interpretation) -> bool:
    """Return whether the set has images of at most half of the other classes, and several of each."""
    counts = [each.share.total for each in interpretation.by_source]
    return bool(counts) and 2 * len(counts) <= interpretation.class_count - 1 and min(counts) >= FEWEST_OF_SOURCE


def _class_words(labels: Sequence[int]) -> str:
    return f"{'class' if len(labels) == 1 else 'classes'} {_classes(labels)}"


def _ends(shares: Sequence[SourceShare]) -> Sequence[SourceShare]:
    """Return the highest and the lowest shares if there are many, else all."""
    return shares if len(shares) <= MOST_NAMED else (*shares[: MOST_NAMED // 2], *shares[-MOST_NAMED // 2 :])


def _classes(labels: Sequence[int], *, most: int = MOST_NAMED) -> str:
    if len(labels) > most:
        return f"{len(labels)} classes, {labels[0]} to {labels[-1]}"
    return joined([str(label) for label in labels])
