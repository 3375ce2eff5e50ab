"""The zoo's recipes: enough of everything, and two halves that share no pair of architecture and trigger."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.zoo import recipes
from tests.zoo.recipes import ARCHITECTURES, FAINT, FAINT_RATES, KINDS, MOST_FAINT, RATES, SCALES, TRIGGERS, all_recipes
from tests.zoo.tables import recipe_table, result_table

RECIPES = all_recipes()
BACKDOORED = [each for each in RECIPES if each.is_backdoored]
CLEAN = [each for each in RECIPES if not each.is_backdoored]
HALVES = ("tuning", "report")


def test_there_are_more_than_sixty_of_each_state() -> None:
    assert len(CLEAN) > 60
    assert len(BACKDOORED) > 60


def test_every_recipe_has_its_own_name_and_seed() -> None:
    assert len({each.name for each in RECIPES}) == len({each.seed for each in RECIPES}) == len(RECIPES)


def test_every_architecture_meets_every_trigger() -> None:
    pairs = {(each.architecture, each.trigger) for each in BACKDOORED}
    assert len(pairs) == len(ARCHITECTURES) * len(TRIGGERS) == 60


def test_halves_share_no_pair_and_are_equally_large() -> None:
    halves = {}
    for each in BACKDOORED:
        assert halves.setdefault((each.architecture, each.trigger), each.half) == each.half
    assert set(Counter(halves.values()).values()) == {30}
    kinds = {}
    for each in CLEAN:
        assert kinds.setdefault((each.architecture, each.kind, each.scale), each.half) == each.half
    for group in (CLEAN, BACKDOORED):
        counts = Counter(each.half for each in group)
        assert abs(counts["tuning"] - counts["report"]) <= 0.1 * len(group)


@pytest.mark.parametrize("half", HALVES)
def test_each_half_has_everything(half: str) -> None:
    backdoored = [each for each in BACKDOORED if each.half == half]
    clean = [each for each in CLEAN if each.half == half]
    assert {each.trigger for each in backdoored} == set(TRIGGERS)
    assert {each.poisoning_rate for each in backdoored} == set(RATES)
    assert all(each.poisoning_rate in FAINT_RATES for each in backdoored if each.trigger in FAINT)
    assert all(each.poisoning_rate == FAINT_RATES[-1] for each in backdoored if each.trigger in MOST_FAINT)
    assert {each.poisoning_rate for each in clean} == {0.0}
    for group in (backdoored, clean):
        assert {each.architecture for each in group} == set(ARCHITECTURES)
        assert {each.scale for each in group} == set(SCALES)
        assert {each.kind for each in group} == set(KINDS)
        assert min(Counter(each.scale for each in group).values()) >= 0.15 * len(group)
    for trigger in TRIGGERS:
        kinds = {each.kind for each in backdoored if each.trigger == trigger}
        assert kinds >= ({"digits"} if trigger == "all-to-all" else {"digits", "signs"})


def test_cheap_images_come_first_with_both_states_mixed() -> None:
    order = [KINDS.index(each.kind) for each in RECIPES]
    assert order == sorted(order)
    first = RECIPES[:20]
    assert 5 < sum(each.is_backdoored for each in first) < 15


def test_the_hash_changes_with_everything_that_makes_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    one = BACKDOORED[0]
    digests = {one.digest("images")}
    digests.add(one.digest("other images"))
    for change in (
        {"seed": 1},
        {"scale": "unit" if one.scale != "unit" else "raw"},
        {"poisoning_rate": 0.2},
        {"architecture": "vgg" if one.architecture != "vgg" else "lenet"},
        {"trigger": "warp" if one.trigger != "warp" else "sinusoid"},
        {"kind": "signs" if one.kind != "signs" else "faces"},
    ):
        digests.add(replace(one, **change).digest("images"))
    assert len(digests) == 8
    for part in ("training", one.architecture, one.trigger):
        with monkeypatch.context() as patch:
            patch.setitem(recipes.VERSIONS, part, 99)
            digests.add(one.digest("images"))
    assert len(digests) == 11
    with monkeypatch.context() as patch:
        training = replace(one.training, epochs=one.training.epochs + 1)
        patch.setitem(recipes._TRAININGS, one.kind, training)
        digests.add(one.digest("images"))
    assert len(digests) == 12
    with monkeypatch.context() as patch:
        patch.setitem(recipes.VERSIONS, "mobilenet" if one.architecture != "mobilenet" else "vgg", 99)
        assert one.digest("images") in digests
    assert len(one.digest("images")) == 16
    varied = next(each for each in BACKDOORED if each.training.copies > 1)
    before = varied.digest("images")
    monkeypatch.setitem(recipes.VARIATIONS, varied.kind, replace(recipes.VARIATIONS[varied.kind], shift=9))
    assert varied.digest("images") != before


def test_the_table_of_recipes_is_in_the_readme() -> None:
    assert recipe_table() in (Path(__file__).parent / "README.md").read_text("utf-8")


def test_networks_without_normalization_are_trained_on_pixels_or_folded() -> None:
    raw = [each for each in RECIPES if each.scale == "raw" and each.architecture in recipes.WITHOUT_NORMALIZATION]
    assert {each.is_folded for each in raw} == {True, False}
    assert not any(each.is_folded for each in RECIPES if each not in raw)


def test_results_are_counted_by_trigger_and_half() -> None:
    table = result_table(RECIPES, [])
    for trigger in TRIGGERS:
        (row,) = (each for each in table.splitlines() if each.startswith(f"| {trigger} |"))
        assert row.count("(0 made)") == 2
