"""What a report says in words."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from core.data.cautions import TEST_IS_VALIDATION
from core.order.orders.difference import DIFFERENCE
from core.order.orders.index import INDEX
from core.order.orders.registry import ORDERS
from core.records import CleanScore, PoisonedScore, Share
from core.report.prune.record import Report
from core.report.prune.verdict import find_verdict
from core.sweep.records import Sweep
from core.words import bounds, percent, points_text


def retold(sweep: Sweep, clean: Sequence[int], attack: Sequence[int], *, times: int = 100) -> Sweep:
    """The same sweep with other counts, of 100 clean and 50 triggered images, each as often as asked."""
    points = []
    for point, right, hits in zip(sweep.points, clean, attack, strict=True):
        score = CleanScore(*[Share(times * right, times * 100)] * 2, Share(0, times * 100))
        poisoned = PoisonedScore(*[Share(times * hits, times * 50)] * 2, Share(0, times * 50))
        points.append(replace(point, validation=score, poisoned=(poisoned,) * len(point.poisoned)))
    return replace(sweep, points=tuple(points))


EVADING = ((99, 99, 97, 80, 10), (50, 50, 49, 5, 0))
SEPARABLE = ((99, 99, 97, 80, 10), (50, 3, 1, 0, 0))
ENTANGLED = ((99, 99, 92, 80, 10), (50, 50, 30, 5, 0))
ELSEWHERE = ((99, 99, 97, 95, 90), (50, 50, 49, 49, 49))
FIGURES = "(100 % unpruned) and clean validation accuracy is"


@pytest.mark.parametrize(
    ("counts", "headline"),
    [
        (
            SEPARABLE,
            "Separable: the attack with sunglasses.h5 is gone before clean accuracy falls. With 1 of 4 channels "
            f"pruned, ASR is 6.00 % {FIGURES} 99.00 % (99.00 % unpruned). Prune that far.",
        ),
        (
            ENTANGLED,
            "Entangled: the attack with sunglasses.h5 and clean accuracy fall together. With 2 of 4 channels pruned, "
            f"ASR is 60.00 % {FIGURES} 92.00 % (99.00 % unpruned). Prune, and refit what is left on clean images.",
        ),
        (
            EVADING,
            "Evading: the attack with sunglasses.h5 lasts until clean accuracy breaks down. With 2 of 4 channels "
            f"pruned, ASR is 98.00 % {FIGURES} 97.00 % (99.00 % unpruned); with 3 pruned, ASR has fallen to 10.00 % "
            "and clean validation accuracy to 80.00 %. The backdoor sits in channels that clean images use as well, so "
            "this order reaches them too late: prune another layer, or refit what is left on clean images.",
        ),
        (
            ELSEWHERE,
            "Elsewhere: the attack with sunglasses.h5 and clean accuracy both remain with all channels of conv_3 "
            "pruned. With 4 of 4 channels pruned, ASR is 98.00 % "
            f"{FIGURES} 90.00 % (99.00 % unpruned). Prune another layer.",
        ),
        (
            ((99, 99, 97, 80, 10), (0, 0, 1, 5, 9)),
            "No attack: the unpruned network does not do what the trigger asks for. 0 of 5000 (0 %) images of "
            "sunglasses.h5 get their target label; guessing would give 0.08 %. This trigger activates no backdoor "
            "here; the curve says nothing about other triggers.",
        ),
    ],
)
def test_each_shape_is_told_with_its_figures_and_what_to_do(
    sweep: Sweep, report: Report, counts: tuple[Sequence[int], Sequence[int]], headline: str
) -> None:
    verdict = find_verdict(retold(replace(sweep, class_count=1283), *counts), report.stops)
    assert verdict.headline == headline
    assert [str(each.shape) for each in verdict.shapes] == [headline.partition(":")[0].lower()]
    assert not any("too few" in each for each in verdict.sentences)


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        ((50, 50, 49, 40, 0), "; ASR falls by half only when no channel is left. "),
        ((50, 50, 49, 40, 40), "; ASR never falls by half, however many channels are pruned. "),
        (
            (50, 40, 40, 5, 0),
            "the attack with sunglasses.h5 falls only in part before clean accuracy does. With 1 of 4",
        ),
    ],
)
def test_how_it_falls(sweep: Sweep, report: Report, attack: Sequence[int], words: str) -> None:
    assert words in find_verdict(retold(sweep, EVADING[0], attack), report.stops).headline


def test_what_the_verdict_rests_on(sweep: Sweep, report: Report) -> None:
    text = " ".join(find_verdict(retold(sweep, *EVADING), report.stops[:3]).sentences)
    assert "5000 of 5000 (100 %) images of sunglasses.h5 get their target label" in text
    assert "Only 3 channels of conv_3 are active on clean images, so a single step removes much at once" in text
    assert "1 of 4 channels is zero" in text
    assert "flags (answers “backdoored” to) 0 of 50 (0 %) images of sunglasses.h5 (detection)" in text


def test_few_images_are_said_to_be_too_few(sweep: Sweep, report: Report) -> None:
    border = ((99, 99, 97, 88, 10), (50, 50, 49, 40, 0))
    assert find_verdict(retold(sweep, *border), report.stops).shapes[0].is_certain
    verdict = find_verdict(retold(sweep, *border, times=1), report.stops)
    assert verdict.headline.startswith("Evading or entangled, too few images to say which: the attack with sunglasses")
    assert verdict.headline.endswith("Either way pruning alone is not enough: refit what is left on clean images.")
    assert verdict.sentences[0] == (
        "50 images of sunglasses.h5 and 100 clean validation images are too few to be sure: within the 95 % intervals "
        "it may as well be entangled (the attack and clean accuracy fall together, or the attack falls only in part)."
    )
    verdict = find_verdict(retold(sweep, *SEPARABLE, times=1), report.stops)
    assert verdict.headline.startswith("Separable or entangled, too few images to say which: ")
    assert verdict.headline.endswith(" Measure with more images before you act on it.")


def test_the_worst_of_several_sets_is_told_and_the_others_named(
    sweep_maker: Callable[..., Sweep], report: Report
) -> None:
    holding = retold(sweep_maker(("a.h5", "b\x1b.h5", "c.h5")), *EVADING)
    gone = retold(holding, *SEPARABLE)
    points = tuple(
        replace(one, poisoned=(two.poisoned[0], one.poisoned[1], two.poisoned[2]))
        for one, two in zip(holding.points, gone.points, strict=True)
    )
    stops = tuple(
        replace(stop, point=stop.point and points[stop.point.pruned_count]) for stop in report.stops if stop.point
    )
    verdict = find_verdict(replace(holding, points=points), stops)
    assert verdict.headline.startswith("Evading: the attack with b\\x1b.h5 lasts until")
    assert verdict.headline.endswith(" Further sets: a.h5 separable, c.h5 separable.")
    assert [each.poisoned_set.name for each in verdict.shapes if each.poisoned_set] == ["b\x1b.h5", "a.h5", "c.h5"]
    assert verdict.sentences[0].startswith("Unpruned, 5000 of 5000 (100 %) images of b\\x1b.h5")
    assert verdict.sentences[2].startswith("Separable: the attack with a.h5 is gone before clean accuracy falls")
    assert verdict.sentences[3] == "Prune that far."
    assert " at 2 points (3 channels left)" in verdict.sentences[5]


@pytest.mark.parametrize("is_quiet", [False, True])
def test_a_caution_takes_the_place_of_every_conclusion(sweep: Sweep, report: Report, is_quiet: bool) -> None:
    if is_quiet:
        sweep = replace(sweep, points=tuple(reversed(sweep.points)))
    verdict = find_verdict(sweep, report.stops, ("The sets are swapped.", "And another thing."))
    assert verdict.headline == "Caution: The sets are swapped."
    assert verdict.sentences[0] == "And another thing."
    assert "get their target label" in verdict.sentences[1]
    text = " ".join(verdict.sentences)
    assert not any(words in text for words in ("vading", "no backdoor", "No attack", "too late", "too few", "Only 3"))
    assert verdict.shapes == ()


def test_the_validation_set_as_test_set_leaves_the_finding(sweep: Sweep, report: Report) -> None:
    plain = find_verdict(sweep, report.stops)
    doubted = find_verdict(sweep, report.stops, (TEST_IS_VALIDATION,))
    assert (doubted.headline, doubted.shapes) == (plain.headline, plain.shapes)
    assert set(doubted.sentences) == {*plain.sentences, TEST_IS_VALIDATION}
    both = find_verdict(sweep, report.stops, (TEST_IS_VALIDATION, "The sets are swapped."))
    assert both.headline == "Caution: The sets are swapped."
    assert TEST_IS_VALIDATION in both.sentences


def test_few_sentences(sweep: Sweep, report: Report) -> None:
    verdict = find_verdict(retold(sweep, *EVADING), report.stops)
    assert verdict.sentences[1] == (
        "Pruned as far as the allowed drop of clean validation accuracy permits, 50 of 50 at 2 points (3 channels "
        "left) and 0 of 50 at 95 points (0 channels left) still do."
    )
    assert sum("still do" in each for each in verdict.sentences) == 1
    one_left = (replace(report.stops[1], channels_left=1),)
    assert "(1 channel left) still do" in find_verdict(retold(sweep, *EVADING), one_left).sentences[1]


def test_bypass_is_the_reason_that_is_given(sweep_maker: Callable[..., Sweep], report: Report) -> None:
    verdict = find_verdict(retold(sweep_maker(reader="conv_4"), *EVADING), report.stops[:3])
    assert verdict.headline == (
        "Bypassed: fc_1 still reads the pruned channels, and the attack with sunglasses.h5 goes on. With 2 of 4 "
        "channels pruned, ASR is 98.00 % (100 % unpruned) and clean validation accuracy is 97.00 % (99.00 % unpruned). "
        "Prune the channels' output instead, for every reader."
    )
    text = " ".join(verdict.sentences)
    assert "only conv_4 stopped reading the pruned channels of conv_3; fc_1 still reads them" in text
    assert "too late" not in text


def test_another_order_is_not_given_as_the_reason(sweep: Sweep, report: Report) -> None:
    for counts in (EVADING, ENTANGLED):
        by_index = retold(replace(sweep, ranking=replace(sweep.ranking, kind=INDEX)), *counts)
        assert find_verdict(by_index, report.stops[:3]).headline.endswith(
            "The channels were pruned in index order: prune the least active first before you conclude."
        )


def test_all_layers_are_not_sent_to_another_one(sweep: Sweep, report: Report) -> None:
    part = replace(sweep.ranking.layer, name="conv_1", channel_count=2)
    layer = replace(sweep.ranking.layer, name="all", parts=(part, replace(part, name="conv_2")), is_all=True)
    everywhere = replace(sweep, ranking=replace(sweep.ranking, layer=layer))
    headline = find_verdict(retold(everywhere, *EVADING), report.stops).headline
    assert headline.endswith("reaches them too late: refit what is left on clean images.")
    headline = find_verdict(retold(everywhere, *ELSEWHERE), report.stops).headline
    assert "remain with all channels of all convolutions (conv_1, conv_2) pruned. " in headline
    assert headline.endswith("Pruning channels cannot reach it.")
    several = replace(sweep, ranking=replace(sweep.ranking, layer=replace(layer, name="conv_1,conv_2", is_all=False)))
    headline = find_verdict(retold(several, *ELSEWHERE), report.stops).headline
    assert "remain with all channels of conv_1, conv_2 together pruned. " in headline
    assert headline.endswith("Prune another layer.")  # there may be one


def test_without_poisoned_set(sweep_maker: Callable[..., Sweep], report: Report) -> None:
    sweep = sweep_maker(())
    stops = tuple(replace(stop, point=stop.point and sweep.points[stop.point.pruned_count]) for stop in report.stops)
    verdict = find_verdict(sweep, stops)
    assert verdict.headline == (
        "Cannot tell: no triggered images. The curve shows what pruning costs, but not what it does to a trigger: "
        "clean validation accuracy is 97.00 % with 2 of 4 channels pruned (100 % unpruned). Open triggered "
        "images to see whether there is a backdoor, and whether pruning reaches it."
    )
    assert "flags (answers “backdoored” to) 1 of 100 (1.00 %) clean validation images" in " ".join(verdict.sentences)


def test_sets_that_say_nothing(sweep: Sweep, sweep_maker: Callable[..., Sweep], report: Report) -> None:
    empty = find_verdict(sweep_maker(total=0), report.stops)
    assert empty.headline.startswith(
        "Cannot tell: no triggered images, as sunglasses.h5 holds none. Open triggered images"
    )
    guessing = find_verdict(retold(sweep, (5, 5, 5, 4, 1), EVADING[1]), report.stops)
    assert guessing.headline == (
        "Cannot tell: clean validation accuracy is 5.00 % unpruned, hardly more than guessing gives, so there is "
        "nothing to compare ASR of sunglasses.h5 with. Check that images, labels and pixel range belong to this "
        "network."
    )


def test_all_and_nothing_are_never_rounded_to() -> None:
    assert percent(Share(12829, 12830)) == "99.99 %"
    assert percent(Share(10**6 - 1, 10**6)) == "99.9999 %"
    assert percent(Share(1, 10**6)) == "0.0001 %"
    assert (percent(Share(7, 7)), percent(Share(0, 7)), percent(Share(0, 0))) == ("100 %", "0 %", "–")
    assert percent(Share(353, 374)) == "94.39 %"
    assert bounds(Share(60, 60)) == "93.98–100"
    assert bounds(Share(0, 60)) == "0–6.02"
    assert (points_text(0.01), points_text(0.005), points_text(0.1)) == ("1 point", "0.5 points", "10 points")


def test_an_order_that_looked_at_poisoned_images_says_so(sweep: Sweep, report: Report) -> None:
    told = {}
    for kind in ORDERS:
        other = retold(replace(sweep, ranking=replace(sweep.ranking, kind=kind)), *SEPARABLE)
        told[kind] = any("a defender does not have" in each for each in find_verdict(other, report.stops, ()).sentences)
    assert told == {kind: kind is DIFFERENCE for kind in ORDERS}
