import math
from dataclasses import replace
from pathlib import Path

import pytest

from core import words
from core.order.ranking import Ranking
from core.records import ClassScore, ImageAnswer, ImageConfidence, ModelSummary, Share, Side
from core.scale import Scale
from core.sweep.records import Bypass
from core.sweep.stops import Stop, stop_text
from gui.theme import formatting
from tests.made_up_scales import found

pytest_plugins = ["tests.gui.panel_samples"]


def test_shares_with_counts_and_intervals() -> None:
    share = Share(12353, 12830)
    assert formatting.share_text(share) == "96.28 % (12353 of 12830)"
    assert formatting.interval_text(share) == "95 % interval 95.94–96.60 %"
    assert formatting.bounds_text(Share(60, 60)) == "93.98–100 %"
    assert formatting.bounds_text(Share(0, 0)) == "0–100 %"
    assert formatting.evidence_text(share) == "12353 of 12830 (96.28 %; 95 % interval 95.94–96.60 %)"
    assert formatting.evidence_text(Share(0, 0)) == "0 of 0"


def test_estimates_are_never_taken_for_exact_figures() -> None:
    shares = [Share(487, 512), Share(512, 512), Share(0, 512), Share(12287, 12288), Share(1, 12288), Share(0, 0)]
    assert [formatting.estimate_text(share) for share in shares] == [
        "≈ 95 %",
        "≈ 100 %",
        "≈ 0 %",
        "> 99 %",
        "< 1 %",
        "–",
    ]


def test_an_estimate_says_what_it_rests_on(samples) -> None:
    estimate = samples.estimate
    provisional = replace(estimate, ranking=replace(samples.ranking, image_count=10))
    assert formatting.estimate_note(estimate) == "Estimate: 36 of 360 images (band: 95 %)"
    assert formatting.estimate_note(provisional) == "Estimate: 36 of 360 images, order provisional"
    stopped = "Stopped after 36 of 360 images: what is shown is an estimate with its band."
    assert formatting.stopped_text(estimate) == stopped
    assert formatting.stopped_text(provisional) == f"{stopped} The order of the channels is provisional."


def test_probabilities() -> None:
    assert [formatting.probability_text(v) for v in (1.0, 0.99996, 0.8132, 0.0004, 0.0, math.nan)] == [
        "100 %",
        "> 99.9 %",
        "81.3 %",
        "< 0.1 %",
        "0 %",
        "–",
    ]


def test_stops_say_which_step_they_are() -> None:
    assert stop_text(Stop(None, None, None, None)) == "unpruned"
    assert stop_text(Stop(0.02, Side.BEFORE, None, None)) == "2 points, before crossing"
    assert stop_text(Stop(0.1, Side.AFTER, None, None)) == "10 points, after crossing"
    assert "10 points" in formatting.missing_stop_text(Stop(0.1, Side.AFTER, None, None))
    assert formatting.step_text(0, 60) == "unpruned"
    assert formatting.step_text(48, 12) == "48 pruned, 12 left"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (math.inf, ""),
        (0.2, "less than 1 s left"),
        (12.4, "about 12 s left"),
        (59.7, "about 1 min left"),
        (125, "about 2 min 5 s left"),
        (3600, "about 1 h left"),
        (4810, "about 1 h 20 min left"),
    ],
)
def test_eta(seconds: float | None, text: str) -> None:
    assert formatting.eta_text(seconds) == text


def test_numbers_and_lists() -> None:
    assert [formatting.number_text(v) for v in (0, 3.62149, 43.456, 1234.6, 0.00123, 1e-9, math.nan)] == [
        "0",
        "3.621",
        "43.46",
        "1235",
        "0.001230",
        "1.000e-09",
        "–",
    ]
    assert [formatting.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 48, 112)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "12th",
        "13th",
        "21st",
        "48th",
        "112th",
    ]
    assert words.joined(["a"]) == "a"
    assert words.joined(["a", "b", "c"]) == "a, b and c"
    assert words.counted(1, "class", "classes") == "1 class"
    assert words.counted(2, "class", "classes") == "2 classes"


def test_scale_names_the_better_one_first() -> None:
    raw = found(Scale.RAW, Share(59, 60), Share(0, 60))
    assert formatting.scale_text(raw) == "0–255: clean images right: 98.33 %; next best 0–1: 0 %"
    sampled = found(Scale.UNIT, Share(59, 60), Share(0, 60), is_sampled=True)
    assert formatting.scale_text(sampled) == (
        "0–1: clean images right: 98.33 %, of a sample of 60 images; next best 0–255: 0 %"
    )


def test_model() -> None:
    model = ModelSummary(Path("bd_net.h5"), "0" * 64, "keras2-h5", (55, 47, 3), 1283, 601643, ())
    assert formatting.model_text(model) == "55 × 47 × 3 in, 1283 classes, 601643 parameters"
    assert formatting.format_text(model.source_format) == "HDF5 of Keras 2"


def test_bypass_names_everybody_who_still_reads() -> None:
    one = Bypass("conv_3", "conv_4", ("fc_1",))
    assert formatting.bypass_text(one) == "fc_1 still reads the pruned channels: a trigger can get round conv_4"
    two = Bypass("conv_3", "conv_4", ("fc_1", "add_2"))
    assert formatting.bypass_text(two).startswith("fc_1 and add_2 still read the pruned channels: ")


def test_names_of_files_are_cut_in_the_middle_and_stay_apart() -> None:
    assert formatting.short_name("sunglasses.h5") == "sunglasses"
    assert formatting.short_name("a b.h5") == "a\u00a0b"
    assert formatting.short_name("sunglasses_poisoned.h5") == "sunglas…isoned"
    assert len(formatting.short_name("x" * 300)) == 14
    assert formatting.short_name(".h5") == ".h5"
    assert formatting.short_names(("a.h5", "b.h5")) == ("a", "b")
    alike = formatting.short_names([f"sunglasses_{n}_poisoned.h5" for n in "ab"])
    assert len(set(alike)) == 2
    assert all(len(name) <= 14 for name in alike)


def test_a_tooltip_takes_nothing_for_markup() -> None:
    assert formatting.paragraphs_html(("<b>.h5 & co.", "two")) == "<p>&lt;b&gt;.h5 &amp; co.</p><p>two</p>"


def test_verdicts(samples) -> None:
    assert formatting.verdict_text(samples.agreed) == "G says: 7"
    assert formatting.verdict_text(samples.flagged) == "G says: backdoored — B answers 0, B′ answers 7"
    silent = ImageAnswer(samples.flagged.seen, (), (ClassScore(7, 1.0),), 10, 10)
    assert formatting.verdict_text(silent) == "G says: backdoored — B answers –, B′ answers 7"


def test_verdicts_by_both_rules(samples) -> None:
    def said(answer: ImageAnswer, value: float, level: float) -> tuple[str, str]:
        judged = replace(answer, confidence=ImageConfidence(value, level, value < level))
        return formatting.verdict_text(judged), formatting.confidence_text(judged)

    assert formatting.confidence_text(samples.agreed) == ""
    by_agreement, by_confidence = said(samples.agreed, 0.41, 0.63)
    assert by_agreement == "G by agreement: 7"
    assert (
        by_confidence == "G by confidence: backdoored — at 41.0\u00a0% B′ is below the confidence level of 63.0\u00a0%"
    )
    told = "G by confidence: 7 as well — at 80.0\u00a0% B′ reaches the confidence level of 63.0\u00a0%"
    assert said(samples.agreed, 0.8, 0.63)[1] == told
    told = "G by confidence: 7 as well — no confidence level was found for this B′"
    assert said(samples.agreed, 0.8, 0.0)[1] == told
    by_agreement, by_confidence = said(samples.flagged, 0.8, 0.63)
    assert by_agreement == "G by agreement: backdoored — B answers 0, B′ answers 7"
    assert by_confidence == "G by confidence: backdoored as well, because B and B′ disagree"


def test_what_is_held_against_each_other_is_told_apart() -> None:
    assert formatting.probabilities_text(0.5, 0.5) == ("50.0 %", "50.0 %")
    assert formatting.probabilities_text(0.62941, 0.62949) == ("62.94 %", "62.95 %")
    assert formatting.probabilities_text(0.99991, 0.99992) == ("99.991 %", "99.992 %")
    assert formatting.probabilities_text(0.9, 1.0) == ("90.0 %", "100 %")


def test_ranking_says_how_far_the_measuring_is(samples) -> None:
    whole = samples.ranking
    assert formatting.ranking_text(whole) == "mean activation of conv_3 at pool_3 · 6 channels · 2 dead"
    part = Ranking(whole.layer, whole.activations, whole.peaks, whole.order, whole.kind, 30, 100)
    assert formatting.ranking_text(part).endswith("2 dead so far · measured on 30 of 100")
    none = Ranking(whole.layer, whole.activations, whole.peaks, whole.order, whole.kind, 0, 100)
    assert "dead" not in formatting.ranking_text(none)


def test_layers_by_name_and_all_of_them(samples, all_layers) -> None:
    layer = samples.ranking.layer
    assert formatting.layer_text(layer) == "conv_3 · 6 channels"
    assert formatting.layer_tip(layer) == "measured at pool_3; read by conv_4 and fc_1"
    assert formatting.layer_text(all_layers.layer) == "All convolutions · 5"
    assert formatting.layer_tip(all_layers.layer).startswith("conv_1 and conv_2 in one order, each channel by")
    several = replace(all_layers.layer, name="conv_1,conv_2", is_all=False)
    assert formatting.layer_text(several) == "conv_1 + conv_2 · 5"
    assert formatting.layer_tip(several) == formatting.layer_tip(all_layers.layer)
    many = replace(several, parts=tuple(replace(layer, name=f"conv_{place}") for place in range(5, 0, -1)))
    assert formatting.layer_name(many) == "conv_1 + 4 more"
    assert formatting.layer_name(replace(many, parts=many.parts[2:])) == "conv_1 + 2 more"
    text = "activation in shares of each layer's largest · 5 channels · 1 dead"
    assert formatting.ranking_text(all_layers) == text


def test_an_error_is_said_as_a_sentence() -> None:
    assert formatting.whole_sentence("images must be square, got 3 × 4") == "Images must be square, got 3 × 4."
    assert formatting.whole_sentence("'a.png' is no image") == "'a.png' is no image."
    assert formatting.whole_sentence("theirs.keras has no level") == "theirs.keras has no level."
    for whole in ("", "Stopped.", "Press Run!", "Really?", "Counting …"):
        assert formatting.whole_sentence(whole) == whole
