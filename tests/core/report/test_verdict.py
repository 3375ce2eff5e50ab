"""What a report says in words."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.channels import Order
from core.records import Share, Sweep
from core.report import Report, find_verdict
from core.words import bounds, percent, points_text


def test_backdoor_that_pruning_leaves(sweep: Sweep, report: Report) -> None:
    verdict = find_verdict(sweep, report.stops[:3])
    assert verdict.headline == (
        "Pruning does not remove the backdoor of sunglasses.h5: at 2 points of accuracy, ASR is still 100 %."
    )
    text = " ".join(verdict.sentences)
    assert "50 of 50 (100 %) images of sunglasses.h5 get their target label" in text
    assert "falls below one half at 3 pruned channels, where clean validation accuracy is 80.00 %" in text
    assert "comes to them too late" in text
    assert "1 of 4 channels is zero" in text
    assert "flags 0 of 50 (0 %) images of sunglasses.h5 (detection)" in text


def test_backdoor_that_pruning_removes(sweep: Sweep, report: Report) -> None:
    assert find_verdict(sweep, report.stops).headline == (
        "Pruning removes the backdoor of sunglasses.h5: at 95 points of accuracy, ASR falls to 0 %."
    )


def test_trigger_that_does_not_fire(sweep: Sweep, report: Report) -> None:
    quiet = replace(sweep, points=tuple(reversed(sweep.points)))
    assert find_verdict(quiet, report.stops).headline.startswith("The images of sunglasses.h5 hardly fire this network")


@pytest.mark.parametrize("is_quiet", [False, True])
def test_a_caution_takes_the_place_of_every_conclusion(sweep: Sweep, report: Report, is_quiet: bool) -> None:
    if is_quiet:
        sweep = replace(sweep, points=tuple(reversed(sweep.points)))
    verdict = find_verdict(sweep, report.stops, ("The sets are swapped.", "And another thing."))
    assert verdict.headline == "Caution: The sets are swapped."
    assert verdict.sentences[0] == "And another thing."
    assert "get their target label" in verdict.sentences[1]
    text = " ".join(verdict.sentences)
    assert not any(words in text for words in ("removes the backdoor", "no backdoor", "hardly fire", "too late"))


def test_few_sentences(sweep: Sweep, report: Report) -> None:
    verdict = find_verdict(sweep, report.stops)
    assert verdict.sentences[1] == (
        "Pruned as far as the allowed drop of clean validation accuracy goes, 50 of 50 at 2 points (3 channels left) "
        "and 0 of 50 at 95 points (0 channels left) still do."
    )
    assert sum("still do" in each for each in verdict.sentences) == 1


def test_nothing_but_the_last_channel(sweep: Sweep, report: Report) -> None:
    lasting = replace(sweep, points=(*sweep.points[:3], replace(sweep.points[2], pruned_count=3), sweep.points[4]))
    text = " ".join(find_verdict(lasting, report.stops[:3]).sentences)
    assert "falls below one half only when no channel is left" in text
    assert "too late" not in text


def test_bypass_is_the_reason_that_is_given(sweep_maker: Callable[..., Sweep], report: Report) -> None:
    verdict = find_verdict(sweep_maker(reader="conv_4"), report.stops[:3])
    assert verdict.headline.endswith("ASR is still 100 %. fc_1 still reads the pruned channels.")
    text = " ".join(verdict.sentences)
    assert "only conv_4 stopped reading the pruned channels of conv_3; fc_1 still reads them" in text
    assert "comes to them too late" not in text


def test_another_order_is_not_given_as_the_reason(sweep: Sweep, report: Report) -> None:
    by_index = replace(sweep, ranking=replace(sweep.ranking, kind=Order.INDEX))
    assert "too late" not in " ".join(find_verdict(by_index, report.stops[:3]).sentences)


def test_without_poisoned_set(sweep_maker: Callable[..., Sweep], report: Report) -> None:
    sweep = sweep_maker(())
    stops = tuple(replace(stop, point=stop.point and sweep.points[stop.point.pruned_count]) for stop in report.stops)
    verdict = find_verdict(sweep, stops)
    assert verdict.headline.startswith("No poisoned set was given")
    assert "flags 1 of 100 (1.00 %) clean validation images" in " ".join(verdict.sentences)


def test_all_and_nothing_are_never_rounded_to() -> None:
    assert percent(Share(12829, 12830)) == "99.99 %"
    assert percent(Share(10**6 - 1, 10**6)) == "99.9999 %"
    assert percent(Share(1, 10**6)) == "0.0001 %"
    assert (percent(Share(7, 7)), percent(Share(0, 7)), percent(Share(0, 0))) == ("100 %", "0 %", "–")
    assert percent(Share(353, 374)) == "94.39 %"
    assert bounds(Share(60, 60)) == "93.98–100"
    assert bounds(Share(0, 60)) == "0–6.02"
    assert (points_text(0.01), points_text(0.005), points_text(0.1)) == ("1 point", "0.5 points", "10 points")
