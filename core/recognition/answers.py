"""How networks answer the images of sets of which nobody has said whether they are poisoned."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.errors import DatasetError
from core.findings.scale_finding import ScaleFinding
from core.intake.refusal import shortened
from core.metrics.attack_rule import MOST, has_many_labels
from core.metrics.evaluation import Stage, predict_labels
from core.metrics.scale_search import find_scale
from core.monitor import Monitor
from core.network.network import Network
from core.recognition.name_hints import role_hint
from core.recognition.reading import Content
from core.recognition.records import Answers, FileRole
from core.recognition.words import shape_text
from core.scale import Scale

SAMPLE_COUNT = 200
MOST_NETWORKS = 4
MOST_SETS = 4
"""How many images of a set and how many networks are asked, and by how many sets the pixel range is looked for."""

STAGE = "Looking for poisoned images"
_SEED = 0


def with_answers(
    contents: Sequence[Content],
    *,
    networks: Sequence[Network],
    scale: Scale | None,
    clean: Dataset | None,
    monitor: Monitor,
) -> list[Content]:
    """Return what was read with the networks' answers to the sets, and whether their labels vary as clean ones do.

    Args:
        contents: what was read.
        networks: the networks that may be meant.
        scale: what the first network reads for a pixel, if that is known.
        clean: clean images that are open.
        monitor: receives progress, and can cancel.

    Raises:
        Cancelled: the job was cancelled.
    """
    class_count = max((network.class_count for network in networks), default=0)
    answers: dict[int, list[Answers]] = {}
    for network in networks[:MOST_NETWORKS]:
        asked = [(place, _fitted(each.dataset, network)) for place, each in enumerate(contents)]
        fitting = [(place, data) for place, data in asked if data is not None]
        own = _fitted(clean, network)
        if not fitting:
            continue
        known = scale if network is networks[0] else None
        read = known or _scale_of(network, [own] if own else [data for _, data in fitting], monitor)
        for place, data in fitting:
            answers.setdefault(place, []).append(_answers(network, data, read, monitor))
    return [_completed(each, tuple(answers.get(place, ())), class_count) for place, each in enumerate(contents)]


def misfit(content: Content, networks: Sequence[Network]) -> str:
    """Return why a set cannot be opened with any of the networks; empty if it can, or if there is none."""
    data = content.dataset
    if data is None or not networks or any(_fitted(data, each) is not None for each in networks):
        return ""
    wanted = shape_text(networks[0].summary.input_shape)
    name = shortened(data.name)
    return f"'{name}' does not fit: its images are {shape_text(data.image_shape)}, and the network reads {wanted}."


def _completed(content: Content, answers: tuple[Answers, ...], class_count: int) -> Content:
    found, data = content.found, content.dataset
    if data is None or found.facts is None:
        return content
    has_many = has_many_labels(data.labels, class_count=class_count or 1 + int(data.labels.max()))
    facts = replace(found.facts, has_many_labels=has_many, answers=answers)
    return replace(content, found=replace(found, facts=facts, words=_words(found.words, facts.answers)))


def _words(words: str, answers: tuple[Answers, ...]) -> str:
    """Add what the networks answer; of several the one that answers most images as labelled."""
    if not answers:
        return words
    best = max(answers, key=lambda each: each.as_labelled_count)
    told = f"{words}; {best.network_name} answers {best.as_labelled_count} of {best.count} as labelled"
    if best.favourite_count > max(best.as_labelled_count, best.count // 2):
        told += f", {best.favourite_count} as class {best.favourite}"
    return told


def _fitted(data: Dataset | None, network: Network) -> Dataset | None:
    """Return a set in a network's layout; None if it does not fit."""
    if data is None:
        return None
    try:
        return data.laid_out_for(network.summary.input_shape)
    except DatasetError:
        return None


def _scale_of(network: Network, sets: Sequence[Dataset], monitor: Monitor) -> Scale:
    """Return what a network reads for a pixel: by the set that it answers best, which therefore is clean."""
    best: ScaleFinding | None = None
    usable = [data for data in sets if _has_clean_labels(data, network)]
    for data in sorted(usable, key=lambda each: role_hint(each.path) is FileRole.POISONED)[:MOST_SETS]:
        finding = find_scale(network, data.subset(_drawn(data.image_count)), monitor=monitor)
        if best is None or finding.right.rate > best.right.rate:
            best = finding
        if best.right.rate >= MOST:
            break
    return best.scale if best is not None else network.summary.scale or Scale.RAW


def _has_clean_labels(data: Dataset, network: Network) -> bool:
    is_usable = bool(((data.labels >= 0) & (data.labels < network.class_count)).all())
    return is_usable and has_many_labels(data.labels, class_count=network.class_count)


def _answers(network: Network, data: Dataset, scale: Scale, monitor: Monitor) -> Answers:
    rows = _drawn(data.image_count)
    stage = Stage(STAGE, 0, len(rows))
    answers = predict_labels(network, data, scale=scale, monitor=monitor, rows=rows, stage=stage)
    labels = data.labels[rows]
    values, counts = np.unique(answers, return_counts=True)
    return Answers(
        network.summary.path.name,
        len(rows),
        int((answers == labels).sum()),
        int((answers == (labels + 1) % network.class_count).sum()),
        int(values[counts.argmax()]),
        int(counts.max()),
    )


def _drawn(count: int) -> NDArray[np.int64]:
    """Return the indices of a sample, drawn with a fixed seed, ascending."""
    if count <= SAMPLE_COUNT:
        return np.arange(count)
    return np.sort(np.random.default_rng(_SEED).choice(count, SAMPLE_COUNT, replace=False))
