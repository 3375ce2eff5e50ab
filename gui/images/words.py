"""What the images window says."""

from core.images.answers import FLAGGED, CountedImages, Who
from core.images.selection import Flagging, Outcome, Selection
from core.words import counted, printable
from gui.theme import class_names

_OUTCOMES = {
    Outcome.RIGHT: ("answered rightly by {who}", "not answered rightly by {who}"),
    Outcome.WRONG: ("answered wrongly by {who}", "not answered wrongly by {who}"),
    Outcome.ATTACKED: ("answered as the attacker wants by {who}", "not answered as the attacker wants by {who}"),
}
NO_TRUE_LABELS = "The file holds target labels: the true labels are not known."
CLEAN_TIP = "Clean images have no trigger."


def selection_title(images: CountedImages, selection: Selection, count: int) -> str:
    """Return what is shown: "Clean validation: 13 of 440 answered wrongly by B′"."""
    name = printable(images.name)
    parts = []
    if selection.outcome is not Outcome.ANY:
        parts.append(_OUTCOMES[selection.outcome][selection.is_inverted].format(who=selection.who))
    who = selection.who if selection.who.is_flagging else Who.AGREEMENT
    if selection.flagging is not Flagging.ANY:
        is_flagged = (selection.flagging is Flagging.FLAGGED) is not selection.is_inverted
        parts.append(f"flagged by {who}" if is_flagged else f"not flagged by {who}")
    if selection.is_changed:
        parts.append("answered differently by B and B′")
    if selection.answered == FLAGGED:
        parts.append(f"flagged by {selection.who}")
    elif selection.answered is not None:
        parts.append(f"answered as {class_names.class_text(selection.answered)} by {selection.who}")
    told = " and ".join(parts)
    if selection.label is not None:
        told = f"of {class_names.class_text(selection.label)}{', ' if told else ''}{told}"
    if not told:
        return f"{name}: all {counted(count, 'image')}"
    return f"{name}: {count:,} of {images.image_count:,} {told}"


def answer_text(label: int) -> str:
    """Return an answer as "7 stop sign", or as "backdoored" where G flags."""
    return "backdoored" if label == FLAGGED else class_names.short_text(label)


def sheet_name(images: CountedImages, count: int) -> str:
    """Return a file name for the shown images: "clean-validation-13-of-440"."""
    letters = "".join(each if each.isalnum() else " " for each in images.name.lower().removesuffix(".h5"))
    return f"{'-'.join(letters.split()) or 'images'}-{count}-of-{images.image_count}"[:80]
