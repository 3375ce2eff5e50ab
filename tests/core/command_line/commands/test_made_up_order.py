"""One object and one line are enough: a made-up order is in the help of `prune`, prunes, and is told of."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.order.orders.registry import ORDERS
from tests.made_up import ALTERNATING


@pytest.fixture(autouse=True)
def _order() -> Iterator[None]:
    with ORDERS.with_added(ALTERNATING):
        yield


def test_it_is_in_the_help(run: Callable[..., Any]) -> None:
    ended = run("prune", "--help")
    assert ended.status == 0
    told = "alternating: every other first. Channels with odd numbers, then those with even ones."
    assert told in " ".join(ended.out.split())


def test_it_prunes_and_is_told_of(files: Any, run: Callable[..., Any]) -> None:
    out = files.folder / "out"
    words = ["--model", files.model, "--validation", files.clean, "--poisoned", files.poisoned]
    ended = run("prune", *words, "--order", "alternating", "--out", str(out))
    assert ended.status == 0, ended.err
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert (results["order"]["kind"], results["order"]["channels"]) == ("alternating", [1, 3, 0, 2])
    assert "alternating order" in ended.out
    assert "every other first" in (out / "report.html").read_text("utf-8")
