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
NO_LABELS = "The images have no labels: their true classes are not known."
WITH_TRIGGER = "B with the trigger"
CHANGED_BY = "answered differently with the trigger"
CLEAN_TIP = "Clean images have no trigger."


def led_to(leads_to: int) -> str:
    """Return what images become with a reconstructed trigger: "class 7", or "the class after their own"."""
    return class_names.class_text(leads_to) if leads_to >= 0 else "the class after their own"


def selection_title(images: CountedImages, selection: Selection, count: int) -> str:
    """Return what is shown: "Clean validation: 13 of 440 answered wrongly by B′"."""
    name = printable(images.name)
    parts = []
    if images.leads_to is not None and selection.outcome is Outcome.ATTACKED:
        does = "did not become" if selection.is_inverted else "became"
        parts.append(f"{does} {led_to(images.leads_to)}")
    elif selection.outcome is not Outcome.ANY:
        who = selection.who if images.leads_to is None else WITH_TRIGGER
        parts.append(_OUTCOMES[selection.outcome][selection.is_inverted].format(who=who))
    who = selection.who if selection.who.is_flagging else Who.AGREEMENT
    if selection.flagging is not Flagging.ANY:
        is_flagged = (selection.flagging is Flagging.FLAGGED) is not selection.is_inverted
        parts.append(f"flagged by {who}" if is_flagged else f"not flagged by {who}")
    if selection.is_changed:
        parts.append(CHANGED_BY if images.leads_to is not None else "answered differently by B and B′")
    if selection.answered == FLAGGED:
        parts.append(f"flagged by {selection.who}")
    elif selection.answered is not None:
        by = selection.who if images.leads_to is None else WITH_TRIGGER
        parts.append(f"answered as {class_names.class_text(selection.answered)} by {by}")
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
