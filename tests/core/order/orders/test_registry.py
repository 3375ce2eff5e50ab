"""What every pruning order has to have, whoever adds it."""

import subprocess
import sys

import numpy as np
import pytest

from core.channels import PrunableLayer
from core.order.order import PruningOrder
from core.order.orders.registry import DEFAULT_ORDER, ORDERS


def test_names_are_those_of_commands_and_files() -> None:
    # Those that people have in scripts and files; a new one need not be added here.
    assert set(ORDERS.names) >= {"ascending", "descending", "index", "layers", "lipschitz", "anp", "difference"}
    assert DEFAULT_ORDER.name == "ascending"
    assert len({each.title for each in ORDERS}) == len({each.detail for each in ORDERS}) == len(ORDERS)


@pytest.mark.parametrize("order", list(ORDERS), ids=str)
def test_an_order_says_what_it_is_and_takes_each_channel_once(order: PruningOrder) -> None:
    assert order.title and order.help and not order.help.endswith(".")
    layer = PrunableLayer("conv", "conv", 5, ())
    activations = np.array([2.0, 0.0, 1.0, 0.0, 2.0])
    for scores in (None, np.array([0.5, 0.25, 0.75, 0.0, 1.0])):
        assert sorted(order.arrange(layer, activations, scores)) == [0, 1, 2, 3, 4]
    assert order.scores(layer, None, means=activations, poisoned_means=None) is None
    assert (order.mask_settings(None) is not None) == (order.name == "anp")


def test_only_an_oracle_looks_at_poisoned_images() -> None:
    layer = PrunableLayer("conv", "conv", 2, ())
    means, poisoned = np.array([1.0, 2.0]), np.array([4.0, 2.0])
    prepared = np.array([0.5, 0.25])
    for order in ORDERS:
        found = order.scores(layer, prepared, means=means, poisoned_means=poisoned)
        without = order.scores(layer, prepared, means=means, poisoned_means=None)
        assert order.is_oracle or found is None or np.array_equal(found, without), order


def test_it_is_listed_without_keras() -> None:
    code = "import sys, core.order.orders.registry; print([m for m in ('keras', 'tensorflow') if m in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
