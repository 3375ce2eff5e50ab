"""The recipe: plans are tried in order until one is good enough, stopping keeps the best, test images have no say."""

from dataclasses import dataclass, replace

import keras
import numpy as np
import pytest

from core.channels import LayerSet
from core.data.dataset import Dataset, from_arrays
from core.errors import Cancelled
from core.monitor import Monitor, Progress
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.repair.job import RepairRequest, repair_network
from core.repair.methods.auto import AUTO
from core.repair.methods.prune import PRUNE
from core.repair.recipe import try_plans
from core.repair.recipe_records import Attempt, Plan, Recipe, Trying
from core.repair.suspected_triggers import SuspectedTriggers
from core.scale import Scale

pytestmark = pytest.mark.usefixtures("short_searches")

PLANS = tuple(Plan(name, PRUNE, 0.02) for name in ("first", "second", "third"))


@dataclass(frozen=True)
class Made:
    model: keras.Model
    pruned_count: int = 1
    is_cut_short: bool = False


def without_blue(network: Network) -> keras.Model:
    """The marked network repaired: blue says nothing."""
    model = keras.models.clone_model(network.model)
    model.set_weights(network.model.get_weights())
    kernel, bias = model.get_layer("answer").get_weights()
    kernel[2] = 0
    model.get_layer("answer").set_weights([kernel, bias])
    return model


def always(network: Network, label: int) -> keras.Model:
    """A network that answers one class whatever it sees."""
    model = without_blue(network)
    kernel, bias = model.get_layer("answer").get_weights()
    bias[label] = 1e6
    model.get_layer("answer").set_weights([kernel * 0, bias])
    return model


@pytest.fixture
def faces(marked_sets: tuple[Dataset, Dataset]) -> Dataset:
    """Red and green images, enough of them to hold some out."""
    clean, _ = marked_sets
    return from_arrays("clean.h5", np.repeat(clean.images, 6, axis=0), np.repeat(clean.labels, 6))


def tried(
    network: Network, faces: Dataset, models: list[keras.Model], monitor: Monitor | None = None
) -> tuple[Made, Recipe]:
    made, monitor = iter(models), monitor or Monitor()

    def make(_plan: Plan, suspected: SuspectedTriggers) -> Made:
        assert suspected.suspects
        monitor.checkpoint("Making")
        return Made(next(made))

    return try_plans(
        network,
        faces,
        make=make,
        scale=Scale.RAW,
        held_out_share=0.25,
        seed=0,
        monitor=monitor,
        plans=PLANS[: len(models)],
    )


def test_it_ends_with_the_first_that_is_good_enough(marked_network: Network, faces: Dataset) -> None:
    good, published = without_blue(marked_network), []
    made, recipe = tried(
        marked_network, faces, [marked_network.model, good, good], Monitor(on_partial=published.append)
    )
    assert recipe.fooled.rate > 0.5  # blue in any patch says class 2
    assert [each.plan.title for each in recipe.attempts] == ["first", "second"]
    assert (recipe.chosen, recipe.attempt.plan.title, recipe.is_cut_short) == (1, "second", False)
    assert made.model is good
    assert recipe.attempts[0].fooled == recipe.fooled
    assert recipe.attempt.fooled.rate < 0.05
    assert recipe.held_out == recipe.attempt.held_out
    told = [each for each in published if isinstance(each, Trying | Attempt)]
    assert [type(each) for each in told] == [Trying, Attempt, Trying, Attempt]
    assert told[0] == Trying(PLANS[0], 0, 3, recipe.held_out, recipe.fooled, recipe.relative_sizes)


def test_what_loses_clean_accuracy_is_not_taken(marked_network: Network, faces: Dataset) -> None:
    useless = always(marked_network, 1)
    _, recipe = tried(marked_network, faces, [useless, marked_network.model])
    assert recipe.attempts[0].fooled.count == 0  # never class 2: that alone is no merit
    assert recipe.chosen == 1


def test_stopping_later_keeps_the_best_so_far(marked_network: Network, faces: Dataset) -> None:
    def stop(partial: object) -> None:
        if isinstance(partial, Trying) and partial.index == 1:
            monitor.cancel()

    monitor = Monitor(on_partial=stop)
    made, recipe = tried(marked_network, faces, [marked_network.model, without_blue(marked_network)], monitor)
    assert recipe.is_cut_short
    assert [each.plan.title for each in recipe.attempts] == ["first"]
    assert made.model is marked_network.model
    monitor.checkpoint("afterwards")  # the request counts as handled


def test_what_was_made_when_somebody_stops_is_measured(marked_network: Network, faces: Dataset) -> None:
    """The cancel comes while the second network is measured, which took minutes to make."""
    good, tries = without_blue(marked_network), []

    def stop(progress: Progress) -> None:
        if progress.stage == "Trying the patches" and len(tries) == 2 and not stopped:
            stopped.append(True)
            monitor.cancel()

    def keep(partial: object) -> None:
        if isinstance(partial, Trying):
            tries.append(partial)

    stopped: list[bool] = []
    monitor = Monitor(on_progress=stop, on_partial=keep, clock=iter(range(100_000)).__next__)
    useless = always(marked_network, 2)
    made, recipe = tried(marked_network, faces, [marked_network.model, useless, good], monitor)
    assert stopped
    assert [each.plan.title for each in recipe.attempts] == ["first", "second"]
    assert recipe.is_cut_short
    assert made.model is marked_network.model


@pytest.mark.parametrize("stage", ["Searching patches that fool the network", "Trying the patches"])
def test_stopping_before_anything_is_tried_gives_nothing(marked_network: Network, faces: Dataset, stage: str) -> None:
    def stop(progress: object) -> None:
        if progress.stage == stage:
            monitor.cancel()

    monitor = Monitor(on_progress=stop)
    with pytest.raises(Cancelled):
        tried(marked_network, faces, [marked_network.model], monitor)


def test_poisoned_and_test_images_have_no_say(marked_network: Network, marked_sets, faces: Dataset) -> None:
    """The same repair with and without them, and with labels that are all wrong."""
    settings = replace(AUTO.default_settings(seed=3), held_out_share=0.25)
    request = RepairRequest(
        EvaluationInputs(marked_network, faces, None, (), scale=Scale.RAW),
        AUTO,
        settings=settings,
        layers=LayerSet.of("conv"),
    )
    wrong = from_arrays("test.h5", marked_sets[0].images, (marked_sets[0].labels + 1) % 3)
    alone = repair_network(request, monitor=Monitor())
    watched = repair_network(
        replace(request, inputs=replace(request.inputs, test=wrong, poisoned=(marked_sets[1],))), monitor=Monitor()
    )
    assert alone.recipe == watched.recipe
    for one, other in zip(alone.model.get_weights(), watched.model.get_weights(), strict=True):
        assert np.array_equal(one, other)
    # Its channel of blue is idle on clean images: pruning takes it first, and nothing more is needed.
    assert alone.recipe.attempt.plan.method is PRUNE
    assert alone.recipe.attempt.pruned_count == alone.by_agreement.pruned_count == 2
    assert watched.before.poisoned[0].pruned.rate == 1
    assert watched.by_agreement.poisoned[0].pruned.rate == 0
    assert alone.method is AUTO
    assert alone.refit is None
