"""Checks that the parts of a session file fit each other, before any of them is shown; called in the worker."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.channels import LayerSet
from core.detect.records import NEXT_CLASS, ClassScores, ReconstructedTrigger
from core.errors import InspectorError
from core.session_file.decoding import damaged
from gui.session_file.records import StoredRun, StoredSession
from gui.state.detections import KeptDetection

if TYPE_CHECKING:
    from core.network.network import Network


def check_session(stored: StoredSession) -> None:
    """Check that the parts of a session fit each other.

    Raises:
        SessionFileError: `damaged-file`.
    """
    checks: dict[str, Callable[[], bool]] = {
        "pruning.settings": lambda: _has_settings(stored),
        "pruning.thresholds": lambda: all(0 < each < 1 for each in stored.pruning.thresholds),
        "pruning.runs": lambda: all(_is_of_files(each, stored) for each in stored.pruning.runs),
        "pruning.hand_mask": lambda: _has_own_mask(stored),
        "networks": lambda: _has_networks(stored),
        "detection": lambda: _has_detection(stored),
        "files": lambda: _has_fitting_sets(stored),
        "gallery.paths": lambda: all(_is_path(each) for each in stored.gallery.paths),
    }
    for name, is_right in checks.items():
        try:
            is_damaged = not is_right()
        except (InspectorError, ValueError, IndexError, TypeError, AttributeError) as error:
            raise damaged(name) from error
        if is_damaged:
            raise damaged(name)


def _is_path(text: str) -> bool:
    return "\0" not in text and Path(text).is_absolute()


def _has_settings(stored: StoredSession) -> bool:
    network, pruning = stored.files.network, stored.pruning
    if network is None:
        return True
    settings = pruning.settings
    network = network.with_tensor(settings.tensor)
    if pruning.several:
        network.layer(LayerSet(pruning.several))
    if not settings.layer:
        return settings.reader is None
    layer = network.layer(settings.layer)
    return settings.reader is None or settings.reader in [each.layer for each in layer.readers]


def _has_own_mask(stored: StoredSession) -> bool:
    pruning = stored.pruning
    if pruning.step < 0 or (pruning.shown is not None and pruning.shown not in pruning.runs):
        return False
    if pruning.hand_mask is None:
        return pruning.hand_point is None
    ranking = pruning.shown.ranking if pruning.shown is not None else None
    return ranking is not None and pruning.hand_mask.shape == (ranking.layer.channel_count,)


def _is_of_files(run: StoredRun, stored: StoredSession) -> bool:
    """Whether a run is one of the open network on the open sets."""
    files, curve = stored.files, run.sweep or run.estimate
    if files.network is None or files.validation is None or curve is None or run.ranking is None:
        return False
    settings = run.settings
    layer = files.network.with_tensor(settings.tensor).layer(settings.layer)
    count = layer.channel_count
    has_right_sets = all(
        each.validation is not None
        and (each.test is None) == (files.test is None)
        and len(each.poisoned) == len(files.poisoned)
        for each in curve.points
    )
    is_whole = run.sweep is None or settings.scale is not None
    is_in_order = sorted(curve.ranking.order.tolist()) == list(range(count))
    has_names = len(run.poisoned_sets) == len(files.poisoned)
    is_of_layer = curve.ranking.layer == layer and run.ranking.layer == layer
    return is_of_layer and len(curve.points) == count + 1 and has_right_sets and is_whole and is_in_order and has_names


def _has_networks(stored: StoredSession) -> bool:
    networks, base = stored.networks, stored.files.network
    names = [each.name for each in networks.compared]
    kept = [each.kept for each in networks.compared]
    return (
        len(set(names)) == len(names)
        and all(_fits(each.pruned, base) for each in networks.compared)
        and all(each in kept and _fits(each.pruned, base) for each in networks.repairs)
        and (networks.classified is None or networks.classified in networks.compared)
        and (networks.shown_repair is None or networks.shown_repair in networks.repairs)
        and 0 < networks.false_alarm_rate < 1
    )


def _fits(made: "Network", base: "Network | None") -> bool:
    return base is not None and (made.input_shape, made.class_count) == (base.input_shape, base.class_count)


def _has_detection(stored: StoredSession) -> bool:
    kept, base = stored.detection.kept, stored.files.network
    if kept is None:
        return True
    if base is None or kept.inputs.network is not base or not kept.is_over:
        return False
    if not all(_has_scores(each, kept, base) for each in kept.scores):
        return False
    images, verdict = kept.images, kept.verdict
    has_images = images is None or (
        images.pixels.shape[1:] == base.input_shape and images.labels.shape == images.pixels.shape[:1]
    )
    return has_images and (verdict is None or verdict.class_probabilities.shape == (base.class_count,))


def _has_scores(scores: ClassScores, kept: KeptDetection, base: "Network") -> bool:
    """Whether what a detector found has the network's classes, and its triggers fit the images."""
    if any(each.shape != (base.class_count,) for each in (scores.scores, scores.statistic)):
        return False
    pairs = scores.all_to_all.trigger if scores.all_to_all is not None else None
    return all(
        0 <= label < base.class_count and trigger.label == label and _is_of_images(trigger, kept, base)
        for label, trigger in scores.triggers.items()
    ) and (pairs is None or (pairs.label == NEXT_CLASS and _is_of_images(pairs, kept, base)))


def _is_of_images(trigger: ReconstructedTrigger, kept: KeptDetection, base: "Network") -> bool:
    """Whether a trigger fits the network's images, and was tried on those of the set that was examined."""
    height, width, channels = base.input_shape
    has_shape = trigger.opacity.shape == (height, width, 1) and trigger.pixels.shape == (height, width, channels)
    has_change = trigger.change is None or trigger.change.shape == (height, width, channels)
    has_moves = trigger.moves is None or trigger.moves.shape == (height, width, 2)
    tried, dataset = trigger.tried, kept.inputs.dataset
    is_tried = (
        tried is None or not len(tried.rows) or (dataset is not None and int(tried.rows[-1]) < dataset.image_count)
    )
    return has_shape and has_change and has_moves and is_tried


def _has_fitting_sets(stored: StoredSession) -> bool:
    files = stored.files
    if files.network is None:
        return True
    clean = [each for each in (files.validation, files.test) if each is not None]
    sets = [*clean, *files.poisoned, *([files.unlabelled] if files.unlabelled is not None else [])]
    is_labelled = all(int(each.labels.max()) < files.network.class_count for each in clean)
    return is_labelled and all(each.image_shape == files.network.input_shape for each in sets)
