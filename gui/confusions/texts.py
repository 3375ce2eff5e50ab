"""What the confusions window says, and its table."""

from core.images.answers import FLAGGED, Who
from core.images.confusions import Confusions
from core.records import Share
from core.report.tables.plain_table import Cell, PlainTable
from core.words import counted, printable
from gui.theme import class_names

TARGETS_ONLY = (
    "The file holds the classes that the attacker wants, and not the true ones: the rows are these classes. An image "
    "that is answered as another class is one on which the attack failed."
)
MAP_CAPTION = "Rows: class of the images · columns: answer · stronger: more of the row"
COUNTED_ONLY = "The images are those that the ASR counts: images whose true class is the target are left out."


def class_words(label: int) -> str:
    """Return a class or an answer as "class 7 (stop sign)", or as "backdoored" where G flags."""
    return "“backdoored”" if label == FLAGGED else class_names.class_text(label)


def headline(confusions: Confusions) -> str:
    """Return how many images are confused: "13 of 440 images are answered as another class by B′"."""
    images = confusions.answers.images
    total = counted(images.image_count, "image")
    other = "as another class" if images.true_labels is not None else "as another class than the attacker wants"
    other = f"{other}, or flagged," if confusions.who.is_flagging else other
    wrong = confusions.confused_count
    verb = "is" if wrong == 1 else "are"
    return f"{printable(images.name)}: {wrong:,} of {total} {verb} answered {other} by {confusions.who}"


def remark(confusions: Confusions) -> str:
    """Return what is special about the images; empty for nothing."""
    images = confusions.answers.images
    if not images.is_poisoned:
        return ""
    return COUNTED_ONLY if images.true_labels is not None else TARGETS_ONLY


def confusions_table(confusions: Confusions, places: list[int]) -> PlainTable:
    """Return pairs of classes as a table, in the order of `places`; names have columns of their own."""
    has_names = class_names.current() is not None
    first = "true class" if confusions.answers.images.true_labels is not None else "wanted class"
    titles = [first, "its name", "answered as", "name of that", "images", "share of the class"]
    rows: list[tuple[Cell, ...]] = []
    for place in places:
        label, answered = int(confusions.labels[place]), int(confusions.answered[place])
        count = int(confusions.counts[place])
        cells: list[Cell] = [
            label,
            class_names.name_of(label),
            "backdoored" if answered == FLAGGED else answered,
            "" if answered == FLAGGED else class_names.name_of(answered),
            count,
            Share(count, int(confusions.totals[place])),
        ]
        rows.append(tuple(cell for number, cell in enumerate(cells) if has_names or number not in (1, 3)))
    columns = tuple(title for number, title in enumerate(titles) if has_names or number not in (1, 3))
    title = f"Confusions of {confusions.who}: {printable(confusions.answers.images.name)}"
    return PlainTable(title, columns, tuple(rows))


def networks_of(has_level: bool) -> tuple[Who, ...]:
    """Return the networks whose answers are known."""
    return (Who.BASE, Who.PRUNED, Who.AGREEMENT, *((Who.CONFIDENCE,) if has_level else ()))
