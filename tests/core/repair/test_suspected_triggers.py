"""Triggers of suspected classes: the planted class is suspected, and what is found is stamped as it was searched."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from core.detect.records import NEXT_CLASS
from core.monitor import Monitor, Progress
from core.network.network import Network
from core.network.rebuild import copy_model
from core.refit.triggers import stamp
from core.refit.watched_images import FoundImages
from core.repair.shown.found_images import TRIGGERS
from core.repair.suspected_triggers import SUSPICIOUS, SuspectedTriggers
from core.scale import Scale
from tests.core.detect.planted import PATCH, SIZE, TARGET, planted_network, quarter_images


def finder_for(network: Network, *, scale: Scale = Scale.UNIT, **words: Any) -> SuspectedTriggers:
    """Return a finder that watches a copy of a network."""
    words.setdefault("dataset", quarter_images(80))
    return SuspectedTriggers(copy_model(network), network=network, scale=scale, seed=1, **words)


class Counting(Monitor):
    """Counts the searches that are begun."""

    begun = 0

    def checkpoint(self, stage: str, *, done_count: int = 0, **words: Any) -> None:
        """Count the first step of each search."""
        self.begun += done_count == 0
        super().checkpoint(stage, done_count=done_count, **words)


def test_the_planted_class_is_suspected_and_its_patch_is_unlearned() -> None:
    network = planted_network()
    finder = finder_for(network)
    found = finder.find(0, Monitor())
    triggers, relative_sizes = found.triggers, found.relative_sizes
    assert finder.suspects[0] == TARGET
    assert found.suspects == finder.suspects
    assert len(relative_sizes) == 2 and relative_sizes[0] < SUSPICIOUS
    assert triggers is not None
    assert triggers.weights.sum() == pytest.approx(1, abs=1e-5)
    # Most of what is stamped covers the planted patch, and leads there.
    patches = triggers.opacity[..., 0].max(axis=(1, 2)) > 0.5
    assert triggers.opacity[patches][:, PATCH, PATCH].mean() > 3 * triggers.opacity[patches].mean()
    images = tf.constant(quarter_images(80).batch(0, 80, scale=Scale.UNIT))
    arrays = tuple(tf.constant(each) for each in triggers.arrays)
    seen = stamp(images, arrays, scale=Scale.UNIT, seed=tf.constant((1, 2)))  # type: ignore[arg-type]
    answers = np.asarray(network.model(seen)).argmax(axis=1)
    assert (answers == TARGET).mean() > 0.5


def test_a_detection_may_name_the_suspects_and_no_others_are_looked_for() -> None:
    network = planted_network()
    finder = finder_for(network, suspects=(TARGET, TARGET))
    assert finder.suspects == (TARGET,)
    stages = Counting()
    found = finder.find(0, stages)
    assert finder.suspects[0] == TARGET and found.triggers is not None
    looking = Counting()
    finder_for(network).find(0, looking)
    assert stages.begun < looking.begun


def test_triggers_are_shown_from_the_first_search_on() -> None:
    heard: list[object] = []
    finder = finder_for(planted_network())
    finder.find(0, Monitor(on_progress=heard.append, on_partial=heard.append))
    shown = [each for each in heard if isinstance(each, FoundImages)]
    stages = list(dict.fromkeys(each.stage for each in heard if isinstance(each, Progress)))
    assert stages[0] == "Searching triggers, patch: all classes"
    assert "Searching triggers, moved pixels: all classes" in stages
    assert stages[-1].endswith(": suspected classes and others")
    first = next(place for place, each in enumerate(heard) if isinstance(each, FoundImages))
    assert {each.stage for each in heard[:first] if isinstance(each, Progress)} == {stages[0]}
    assert shown[0].title == "Triggers being searched, the smallest first: patch"
    assert shown[0].pictures.shape == (len(shown[0].labels), SIZE, SIZE, 1)
    searched = [each for each in shown if each.title == shown[0].title]
    assert searched[3].labels[0] == TARGET  # the planted class stands out before the first search has ended
    assert shown[-1].title == TRIGGERS


def test_what_was_found_on_the_first_network_is_not_searched_again() -> None:
    network = planted_network()
    finder = finder_for(network)
    found = finder.find(0, Monitor())
    other = finder.on(copy_model(network))
    stages = Counting()
    assert other.find(0, stages) is found
    assert stages.begun == 0
    assert other.suspects == finder.suspects
    later = other.find(1, stages)
    assert stages.begun > 0
    assert later.triggers is not None and found.triggers is not None
    assert len(later.triggers.weights) > len(found.triggers.weights)


def test_another_network_has_its_own_suspects_from_then_on() -> None:
    network = planted_network()
    finder = finder_for(network, suspects=(TARGET,))
    other = finder.on(copy_model(network))
    other._suspects.append(2)
    assert finder.suspects == (TARGET,)


def test_later_searches_stamp_what_was_found_before_as_well() -> None:
    finder = finder_for(planted_network())
    first, second = (finder.find(epoch, Monitor()).triggers for epoch in (0, 1))
    assert first is not None and second is not None
    assert len(second.weights) > len(first.weights)
    assert second.weights.sum() == pytest.approx(1, abs=1e-5)


def test_what_the_network_reads_for_a_pixel_is_stamped() -> None:
    """A network that reads 0 to 255 is searched for the same triggers, which are stamped in its pixels."""
    network = planted_network()
    raw = copy_model(network)
    kernel, bias = raw.get_layer("hidden").get_weights()
    raw.get_layer("hidden").set_weights([kernel / 255, bias])
    unit = finder_for(network).find(0, Monitor())
    finder = finder_for(Network(raw, path=network.summary.path), scale=Scale.RAW)
    read = finder.find(0, Monitor())
    unit_triggers, raw_triggers = unit.triggers, read.triggers
    assert unit_triggers is not None and raw_triggers is not None
    assert read.relative_sizes == pytest.approx(unit.relative_sizes, rel=0.05)
    assert raw_triggers.opacity == pytest.approx(unit_triggers.opacity, abs=0.05)
    is_opaque = np.broadcast_to(unit_triggers.opacity > 0.5, unit_triggers.pixels.shape)
    assert raw_triggers.pixels[is_opaque] / 255 == pytest.approx(unit_triggers.pixels[is_opaque], abs=0.05)
    assert raw_triggers.change / 255 == pytest.approx(unit_triggers.change, abs=0.05)


def test_a_clean_network_has_suspects_too_but_they_are_like_the_others() -> None:
    finder = finder_for(planted_network(target=None))
    relative_sizes = finder.find(0, Monitor()).relative_sizes
    assert set(finder.suspects) - {NEXT_CLASS}
    assert min(relative_sizes, default=1.0) > 0
