"""The clean images that a reconstructed trigger was tried on, with the trigger over them."""

from core.images.selection import AskedShare
from core.words import printable
from gui.detect.result.words import class_name, short_title
from gui.images.request import ImagesRequest, TriggerSource
from gui.state.detections import KeptDetection
from gui.theme import class_names

IMAGES_GONE = (
    "The clean images that this trigger was tried on are not open any more, or have changed: detect again to see them."
)


def trigger_images(kept: KeptDetection | None, label: int, place: int, asked: AskedShare) -> ImagesRequest | None:
    """Return a request for the images that a trigger was tried on.

    Args:
        kept: the detection.
        label: the class of the trigger, or `NEXT_CLASS`.
        place: position of the trigger among those of the class.
        asked: its share.

    Returns:
        None if there is no such trigger, or if it is not known which images it was tried on.
    """
    found = kept.triggers(label) if kept is not None else ()
    if kept is None or not 0 <= place < len(found):
        return None
    (detector, trigger), inputs = found[place], kept.inputs
    dataset, scale = inputs.dataset, inputs.scale
    if trigger.tried is None or dataset is None or scale is None:
        return None
    leads = f"of {class_names.class_text(label)}" if label >= 0 else f"({class_name(label).lower()})"
    title = f"{short_title(detector)} trigger {leads} on {printable(dataset.name)}"
    return ImagesRequest(asked, TriggerSource(inputs.network, dataset, scale, inputs.has_labels, trigger, title))
