"""The five steps of the tour."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from gui.navigation.tour import TourStep


def tour_steps(
    *, files: QWidget, tabs: QWidget, middle: QWidget, find_buttons: Callable[[], QWidget | None], classifier: QWidget
) -> tuple[TourStep, ...]:
    """Return the steps, in the order in which one works.

    Args:
        files: the places of the open files.
        tabs: the tabs of the pages.
        middle: the page that is shown.
        find_buttons: returns the buttons that start and stop the shown page's job; None if it has none.
        classifier: the classifier.
    """

    def find_start() -> tuple[QWidget, ...]:
        buttons = find_buttons()
        return () if buttons is None else (buttons,)

    return (
        TourStep(
            lambda: (files,),
            "Open the files",
            "The model that you do not trust, and images to measure it on. Use the buttons, or drop each file on its "
            "place. Files are only read, in a process of its own that can do nothing else.",
        ),
        TourStep(
            lambda: (tabs,),
            "Choose what to do",
            "Detect looks for a backdoor without any triggered image. Prune and Repair make a network with less of it, "
            "and Compare sets the results side by side.",
        ),
        TourStep(
            find_start,
            "Start",
            "The blue button starts what the page does; while it cannot, its tooltip says why. "
            "{run.cancel} stops a job.",
        ),
        TourStep(
            lambda: (middle,),
            "Read the result",
            "The verdict stands at the top, with its reasons; the figures below it say of how many images they are. "
            "A small “?” explains the words beside it.",
        ),
        TourStep(
            lambda: (classifier,),
            "Try single images",
            "Drop an image here to see what B, B′ and G answer, with and without the trigger. From here on: "
            "{help.palette} finds every command, {help.shortcuts} lists the keys, {help.explain} explains what "
            "has the focus.",
        ),
    )
