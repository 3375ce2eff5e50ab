"""What is said about the parts of the window: by F1, by the "?" buttons and by the list of shortcuts. No widgets.

A widget belongs to a topic by `tag`; a widget without one belongs to the topic of the nearest widget around it.
"""

from PySide6.QtCore import QObject

from core.registry.registry import Registry
from core.report.prune.shape_text import shape_definitions
from gui.guide.dialog_topics import DIALOG_TOPICS
from gui.guide.topic import Topic

_PROPERTY = "topic"


CHART_KEYS = ("Left, Right, Home, End", "move from one to the next")

TOPICS: Registry[Topic] = Registry(
    "topic",
    (
        Topic(
            "networks",
            "B, B′ and G",
            (
                "B is the network that you opened. It is never changed.",
                "B′ is B with channels pruned, retrained, or both: the network with less of the backdoor.",
                "G is the repaired network. It gives B's answer where B and B′ agree, and “backdoored” where they do "
                "not: images with the trigger are the ones on which they differ.",
            ),
            ("b", "b′", "g", "prune", "flagged"),
        ),
        Topic(
            "verdict",
            "What the verdict says",
            (
                "The first word is the shape of the curve: what happens to the attack while channels are pruned.",
                *shape_definitions(),
                "“Why” shows the figures that it rests on.",
            ),
            ("separable", "attack success rate", "clean accuracy"),
        ),
        Topic(
            "outcome",
            "What the verdict says",
            (
                "Backdoored: one class or a few stand out so clearly that a backdoor is much more likely than chance.",
                "Suspicious: something stands out, but it may be chance; the classes named deserve a closer look.",
                "Nothing found: no class stands out. This never means that the network is clean.",
                "The probability rests on networks whose state is known; how often such a probability was right is "
                "said beside it.",
            ),
            ("verdict", "outcome", "probability", "reliability"),
        ),
        Topic(
            "files",
            "Open files",
            (
                "The model to inspect and the images to measure it on. Open a file with the buttons or drop it on its "
                "place; the shield shows what was checked in a file before it was opened.",
            ),
            ("poisoned set", "target label", "form"),
        ),
        Topic(
            "pages",
            "Pages",
            (
                "Detect looks for a backdoor, Prune removes channels, Repair retrains, and Compare sets the results "
                "side by side. Network draws the layers, and Audit examines many models at once.",
            ),
            ("detection", "prune", "refit", "candidate"),
            (("Left, Right", "show the page before or after"),),
        ),
        Topic(
            "prune",
            "Prune",
            ("Channels are pruned one after the other; at each step clean accuracy and ASR are counted.",),
            ("prune", "order", "step", "threshold"),
        ),
        Topic(
            "prune-form",
            "Settings of a run",
            (
                "What is pruned, in which order, and at which loss of clean accuracy to stop. Changing a setting needs "
                "a new run; runs that are done are kept.",
            ),
            ("scale", "reader", "order", "threshold", "stop"),
        ),
        Topic(
            "channels",
            "Channels",
            (
                "A bar for each channel of the layer, as high as its activation on clean images. Point at a bar for "
                "its figures; click it to prune the channel by hand or to restore it.",
            ),
            ("channel", "activation", "dead channel"),
            (CHART_KEYS, ("Space, Enter", "prune the channel, or restore it")),
        ),
        Topic(
            "curves",
            "Curves",
            (
                "Clean accuracy and ASR against the number of pruned channels. The cursor chooses the step that the "
                "table, the classifier and saving use.",
            ),
            ("clean accuracy", "attack success rate", "threshold", "bypass"),
            (
                ("Left, Right, Home, End", "move the cursor"),
                ("{prune.pin-here}, Shift+click", "pin the figures of the step"),
            ),
        ),
        Topic(
            "results",
            "Results",
            (
                "The figures of B′ and G at the cursor, unpruned, and before and after each threshold. Choose a row to "
                "move the cursor there.",
            ),
            ("stop", "attack success rate", "detection_rate", "false_alarm_rate"),
            (("Up, Down", "choose a row"), ("Enter", "move the cursor to the row"), ("Ctrl+C", "copy the rows")),
        ),
        Topic(
            "detect",
            "Detect",
            (
                "Looks for a backdoor without triggered images: the classes as bars, the most suspicious first, and "
                "the triggers that were reconstructed for the chosen one. The share below a trigger opens the clean "
                "images that it was tried on.",
            ),
            ("detection", "reconstructed trigger", "score", "verdict"),
            (("Up, Down", "choose a class"),),
        ),
        Topic(
            "detect-form",
            "Settings of a detection",
            ("Which detectors run, on which classes. A detector that cannot run on the open files says why.",),
            ("detector", "shortlist", "examined"),
        ),
        Topic(
            "repair",
            "Repair",
            ("Makes a network with less of the backdoor, and counts it before and after.",),
            ("refit", "unlearning", "outcome of a repair", "held_out"),
        ),
        Topic(
            "repair-form",
            "Settings of a repair",
            ("The method and its settings. “Repair for me” tries several plans and keeps the best.",),
            ("plan", "refit", "unlearning"),
        ),
        Topic(
            "compare",
            "Compare",
            (
                "Repaired networks side by side, counted on the same images. The further right and the lower, the "
                "better.",
            ),
            ("candidate", "beaten", "clean accuracy", "attack success rate"),
            (("Up, Down", "choose a network"), ("Ctrl+C", "copy the table")),
        ),
        Topic(
            "audit",
            "Audit",
            (
                "Many models, one table: a row as soon as a model is examined, also of an audit that runs elsewhere. "
                "Click a title to sort. Choose a row to see its curve, its triggers and its message; open its model to "
                "go on in the other pages.",
            ),
            ("outcome", "probability", "attack success rate", "clean accuracy"),
            (
                ("Up, Down", "choose a row"),
                ("Enter", "open the model of the row"),
                ("Ctrl+C", "copy the rows"),
            ),
        ),
        Topic(
            "audit-form",
            "Settings of an audit",
            (
                "All models of a folder are examined in processes of their own, on the sets that are open in the "
                "window. Rows that are in the folder of the results are not examined again.",
            ),
            ("detection", "prune", "refit"),
        ),
        Topic(
            "classifier",
            "Classifier",
            ("What B, B′ and G answer for one image, with or without the trigger on it.",),
            ("b", "b′", "g", "trigger", "strip"),
        ),
        Topic(
            "images",
            "Images",
            (
                "The images that a figure counts, with what B, B′ and G answer. Filter and sort them above; choose one "
                "to open it in the classifier. With a reconstructed trigger on them, the answers are those of B before "
                "and after it.",
            ),
            ("flagged", "attack success rate", "detection_rate"),
            (
                ("Arrow keys", "go from one image to the next"),
                ("Enter", "open the image in the classifier"),
                ("Ctrl++, Ctrl+−", "make the images larger or smaller"),
                ("Esc", "close the window"),
            ),
        ),
        Topic(
            "confusions",
            "Confusions",
            (
                "Which classes a network takes for which: each row is a class of the images, the answer that it gets "
                "instead, and how many images get it. The map shows all answers at once while there are few classes.",
                "A backdoor shows as one column that takes images from many rows: its target class.",
            ),
            ("confusion", "flagged", "target label", "clean accuracy"),
            (
                ("Arrow keys", "go from one row or cell to the next"),
                ("Enter", "show the images of the row or cell"),
                ("{confusions.find}", "find a class"),
                ("Esc", "close the window"),
            ),
        ),
        Topic(
            "pins",
            "Pinned readings",
            (
                "The figures of the steps that were pinned on the curves, with their run. They stay when another run "
                "is shown, and a saved session keeps them.",
            ),
            ("clean accuracy", "attack success rate"),
            (
                ("Up, Down", "choose a reading"),
                ("Ctrl+C", "copy the readings"),
                ("Delete", "remove the selected readings"),
                ("Esc", "close the window"),
            ),
        ),
        Topic(
            "studio",
            "Trigger studio",
            (
                "Makes a trigger: put a picture on the image, draw, blend, tint or warp. Stamped on the validation "
                "images it makes a poisoned set whose true classes are known, with its ASR.",
            ),
            ("trigger", "poisoned set", "attack success rate"),
        ),
        Topic(
            "explanation",
            "Why this answer",
            (
                "Which parts of the image the answers of B and B′ depend on, side by side on the same scale: what a "
                "repair has changed.",
            ),
            ("b", "b′", "trigger"),
        ),
        Topic("log", "Log", ("What was opened, run, saved and refused, with times.",)),
        Topic(
            "window",
            "Backdoor Inspector",
            (
                "Open a model and clean images on the left, choose a page at the top of the middle, and start with the "
                "blue button.",
            ),
            ("b", "b′", "g", "trigger"),
        ),
        *DIALOG_TOPICS,
    ),
)


def tag(part: QObject, name: str) -> None:
    """Say that a widget, and all in it that has no topic of its own, belongs to a topic.

    Raises:
        InspectorError: there is no such topic.
    """
    part.setProperty(_PROPERTY, TOPICS.get(name).name)


def topic_of(part: QObject | None) -> Topic:
    """Return the topic of a widget; that of the window if nothing around it has one."""
    while part is not None:
        name = part.property(_PROPERTY)
        if name:
            return TOPICS.get(str(name))
        part = part.parent()
    return TOPICS.get("window")
