"""The fit of the verdict, on scores made by hand."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.detect.combination import RESOURCE, Combination
from core.detect.detectors.registry import DETECTORS
from core.detect.records import AllToAll, ClassScores
from core.detect.verdict import Outcome
from tests.zoo import fit as fitting
from tests.zoo.fit import deciding_sets, fit, judge, report, report_table
from tests.zoo.scored import Scored, read_networks, read_others

COUNT = 10
DETECTOR = "weight-signature"


def scored(
    name: str, *, target: int | None = None, height: float = 8.0, seed: int, trigger: str = "corner patch"
) -> Scored:
    """Return a network whose target stands out."""
    scores = np.random.default_rng(seed).normal(size=COUNT)
    if target is not None:
        scores[target] = height
    return Scored(
        name,
        "tuning" if seed % 2 else "report",
        "digits",
        "lenet",
        "none" if target is None else trigger,
        frozenset(() if target is None else (target,)),
        (ClassScores(DETECTOR, scores.copy(), scores),),
    )


def networks(count: int = 20) -> list[Scored]:
    """Return as many clean networks as backdoored ones."""
    clean = [scored(f"clean {each}", seed=each) for each in range(count)]
    return clean + [scored(f"bad {each}", target=each % COUNT, seed=100 + each) for each in range(count)]


def test_targets_that_stand_out_are_named_and_clean_networks_are_not_called_backdoored() -> None:
    made = fit(networks(), (DETECTOR,))
    for each in networks():
        verdict = judge(made, each)
        if each.is_backdoored:
            assert verdict.outcome is Outcome.BACKDOORED
            assert verdict.most_likely in each.targets
        else:
            assert verdict.outcome is not Outcome.BACKDOORED


def test_scores_that_tell_nothing_give_no_certainty() -> None:
    rng = np.random.default_rng(0)
    senseless = [
        Scored(
            each.name, each.half, "digits", "lenet", each.trigger, each.targets, (ClassScores(DETECTOR, made, made),)
        )
        for each in networks()
        for made in [rng.normal(size=COUNT)]
    ]
    judged = [judge(fit(senseless, (DETECTOR,)), each) for each in senseless]
    assert sum(each.outcome is Outcome.BACKDOORED for each in judged) <= 2
    assert max(each.probability for each in judged) < 0.8


def test_the_thresholds_keep_to_the_false_alarms_that_are_allowed() -> None:
    made = fit(networks(60), (DETECTOR,))
    clean = [judge(made, each) for each in networks(60) if not each.is_backdoored]
    assert sum(each.outcome is not Outcome.NOTHING_FOUND for each in clean) <= 6


def test_a_network_whose_every_class_is_a_target_does_not_change_the_weights_of_a_class() -> None:
    rng = np.random.default_rng(5)
    scores = rng.normal(size=COUNT)
    of_all = Scored(
        "all",
        "tuning",
        "digits",
        "lenet",
        "all-to-all",
        frozenset(range(COUNT)),
        (ClassScores(DETECTOR, scores, scores),),
    )
    assert fit([*networks(), of_all], (DETECTOR,)).of_class == fit(networks(), (DETECTOR,)).of_class


def test_an_all_to_all_attack_is_found_by_its_own_trigger() -> None:
    def with_all_to_all(network: Scored, score: float) -> Scored:
        scores = network.found[0].scores
        found = ClassScores("patch-inversion", scores.copy(), scores, all_to_all=AllToAll(score, score))
        return replace(network, found=(found,))

    single = [with_all_to_all(each, -5.0) for each in networks()]
    attacked = [
        replace(
            with_all_to_all(scored("", seed=300 + each), 1.0), trigger="all-to-all", targets=frozenset(range(COUNT))
        )
        for each in range(3)
    ]
    made = fit([*single, *attacked], ("patch-inversion",))
    assert all(judge(made, each).is_all_to_all for each in attacked)
    (told,) = report(made, attacked).kinds
    assert told.named.count == 3


def test_the_report_counts_each_kind_of_trigger_and_the_clean_networks() -> None:
    made = fit(networks(), (DETECTOR,))
    others = [
        *[scored(f"bad {each}", target=3, seed=200 + each, trigger="warp") for each in range(4)],
        scored("hidden", target=3, height=0.0, seed=210, trigger="warp"),
        *[scored(f"clean {each}", seed=300 + each) for each in range(9)],
    ]
    told = report(made, others)
    (warp,) = told.kinds
    assert warp.kind == "warp"
    assert (warp.noticed.count, warp.named.count, warp.noticed.total) == (4, 4, 5)
    assert told.false_alarms.total == told.false_verdicts.total == 9
    assert sum(share.total for _, share in told.reliability) == len(others)
    assert "| warp | 5 |" in report_table(told, others)
    assert Combination.from_json(told.as_json()) == told


def test_a_set_decides_that_is_cheap_alone_or_searches_the_triggers_that_it_examines() -> None:
    sets = deciding_sets()
    assert len(sets) == len(set(sets)) == 2**4 - 1 + 3 * 2
    assert ("maximum-margin", "patch-inversion") not in sets
    assert ("feature-inversion", "second-answers") not in sets
    assert sets[-1] == tuple(each.name for each in DETECTORS if each.is_costly)


def test_networks_are_read_with_the_scores_of_their_classes(tmp_path: Path) -> None:
    index, scores = tmp_path / "index.csv", tmp_path / "scores.csv"
    entries = [
        ("a", "h1", "tuning", "none", ""),
        ("b", "h2", "report", "warp", ""),
        ("c", "h3", "report", "warp", "weak"),
    ]
    with index.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["name", "hash", "half", "images", "architecture", "trigger", "left_out"])
        for name, digest, half, trigger, left_out in entries:
            writer.writerow([name, digest, half, "digits", "lenet", trigger, left_out])
    with scores.open("w", newline="") as stream:
        parts = [f"{name} {part}" for name in DETECTORS.names for part in ("statistic", "score", "seconds")]
        writer = csv.DictWriter(stream, ["hash", "class", "is_target", *parts], restval="")
        writer.writeheader()
        for digest in ("h1", "h2", "h3"):
            for label in (1, 0):
                row = {"hash": digest, "class": label, "is_target": int(digest != "h1" and label == 1)}
                writer.writerow(row | {f"{DETECTOR} score": label + 0.5})
    clean, backdoored = read_networks(scores, index)
    assert (clean.name, clean.is_backdoored, clean.targets) == ("a", False, frozenset())
    assert (backdoored.name, backdoored.is_backdoored, backdoored.targets) == ("b", True, frozenset([1]))
    np.testing.assert_array_equal(backdoored.examined_by([DETECTOR])[0].scores, [0.5, 1.5])
    assert np.isnan(backdoored.examined_by(["maximum-margin"])[0].scores).all()


def test_the_stored_weights_are_those_of_the_stored_scores() -> None:
    assert fitting.main(["--check"]) == 0


def test_each_network_of_the_competition_has_a_true_target_first() -> None:
    whole = Combination.from_json(json.loads(RESOURCE.read_text("utf-8"))["combinations"][-1])
    judged = {each.name: (judge(whole, each), each.targets) for each in read_others(fitting.COMPETITION)}
    assert set(judged) == {"lab", "sunglasses", "multi-trigger"}
    for verdict, targets in judged.values():
        assert verdict.outcome is not Outcome.NOTHING_FOUND
        assert verdict.classes[0] in targets
