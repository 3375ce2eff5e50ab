"""A registry: names are unique, unknown ones are refused in plain words, and tests leave it as it was."""

from dataclasses import dataclass

import pytest

from core.errors import InspectorError
from core.registry.registry import Registry


@dataclass(frozen=True)
class Fruit:
    name: str


def test_it_lists_in_order_and_finds_by_name() -> None:
    pear, apple = Fruit("pear"), Fruit("apple")
    fruits: Registry[Fruit] = Registry("fruit", (pear,))
    assert fruits.add(apple) is apple
    assert (list(fruits), fruits.names, len(fruits)) == ([pear, apple], ("pear", "apple"), 2)
    assert fruits.get("apple") is fruits.find("apple") is apple
    assert pear in fruits and Fruit("pear") not in Registry("fruit")
    assert fruits.find("plum") is fruits.find(None) is None
    assert "pear, apple" in repr(fruits)


def test_unknown_and_taken_names_are_refused() -> None:
    fruits = Registry("fruit", (Fruit("pear"),))
    with pytest.raises(InspectorError, match="there is no fruit 'plum', only pear"):
        fruits.get("plum")
    with pytest.raises(ValueError, match="called 'pear' already"):
        fruits.add(Fruit("pear"))


def test_what_is_added_for_a_while_goes_again() -> None:
    fruits = Registry("fruit", (Fruit("pear"),))
    with pytest.raises(RuntimeError), fruits.with_added(Fruit("plum")) as plum:
        assert fruits.get("plum") is plum
        raise RuntimeError
    assert fruits.names == ("pear",)
