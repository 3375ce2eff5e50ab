"""What a repair's report says of the level of confidence, and of what held-out images count."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from core.network.confidence import ConfidenceLevel
from core.records import CleanScore, Share, SweepPoint
from core.refit.records import RefitEpoch, RefitSettings
from core.repair.method import RepairMethod
from core.repair.methods.activation_bounds import BOUNDS
from core.repair.methods.auto import AUTO
from core.repair.methods.fine_pruning import FINE_PRUNING
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.prune import PRUNE
from core.repair.recipe_records import Attempt, Plan, Recipe
from core.report.repair.record import Refit, RepairReport, repair_sentences, table_rows
from core.scale import Scale
from tests.made_up import SHRINKING

HELD_OUT = Share(95, 100), Share(94, 100)
PRUNED = "The level was found on the validation images that also chose what was pruned"
EPOCH = "These held-out images also chose the epoch"
MORE = ": of other clean images G by confidence may flag more."
SOMEWHAT_MORE = ": of other clean images G by confidence may flag somewhat more."


def report_of(
    method: RepairMethod, *, threshold: float | None, has_refit: bool, has_recipe: bool, level: float = 0.5
) -> RepairReport:
    point = SweepPoint(0, -1, CleanScore(*[Share(90, 100)] * 3), None, ())
    epoch = RefitEpoch(1, 0.5, 1e-3, HELD_OUT[1], None, ())
    refit = Refit(RefitSettings(), (epoch, epoch), 1, 400, False) if has_refit else None
    attempt = Attempt(Plan("it", PRUNE, threshold), 3, HELD_OUT[1], Share(1, 100), is_cut_short=False)
    recipe = Recipe(HELD_OUT[0], Share(60, 100), 10, (attempt,), 0, False) if has_recipe else None
    return RepairReport(
        origin=SimpleNamespace(validation=SimpleNamespace(image_count=500)),  # type: ignore[arg-type]
        poisoned_names=(),
        unlabelled=None,
        method=method,
        threshold=threshold,
        sweeps=(),
        pruned=(("conv", (1, 2)),) if threshold else (),
        refit=refit,
        before=point,
        by_agreement=point,
        by_confidence=point,
        level=ConfidenceLevel(level, 0.05, Share(1, 100) if level else Share(30, 100)),
        scale=Scale.RAW,
        recipe=recipe,
        held_out=HELD_OUT if has_refit or has_recipe else (None, None),
    )


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ((PRUNE, 0.04, False, False), PRUNED + MORE),
        ((FINETUNE, None, True, False), EPOCH + SOMEWHAT_MORE),
        (
            (FINE_PRUNING, 0.04, True, False),
            EPOCH + "; with all other validation images they chose what was pruned" + MORE,
        ),
        (
            (AUTO, 0.02, False, True),
            PRUNED + "; those held out of them also chose among what was tried" + MORE,
        ),
        ((AUTO, None, True, True), EPOCH + " and among what was tried" + SOMEWHAT_MORE),
        (
            (AUTO, 0.02, True, True),
            EPOCH + " and among what was tried; with all other validation images they chose what was pruned" + MORE,
        ),
    ],
)
def test_what_else_was_chosen_by_the_images_of_the_level_is_said(made: tuple[Any, ...], told: str) -> None:
    method, threshold, has_refit, has_recipe = made
    report = report_of(method, threshold=threshold, has_refit=has_refit, has_recipe=has_recipe)
    assert repair_sentences(report)[-1] == told


@pytest.mark.parametrize(
    ("method", "bounded", "has_recipe", "told"),
    [
        (SHRINKING, (), False, None),  # nothing was chosen by any image
        (BOUNDS, ("conv",), False, None),
        (AUTO, ("conv",), True, "These held-out images also chose among what was tried" + SOMEWHAT_MORE),
    ],
)
def test_where_nothing_was_pruned_or_refitted_no_such_choice_is_told(
    method: RepairMethod, bounded: tuple[str, ...], has_recipe: bool, told: str | None
) -> None:
    report = report_of(method, threshold=None, has_refit=False, has_recipe=has_recipe)
    sentences = repair_sentences(replace(report, bounded_layers=bounded))
    assert ("held-out validation images" in sentences[-1 if told is None else -2]) == bool(bounded)
    assert sentences[-1] == told if told else "may flag" not in sentences[-1]


def test_where_no_level_is_left_nothing_is_said_of_it() -> None:
    report = report_of(FINE_PRUNING, threshold=0.04, has_refit=True, has_recipe=False, level=0.0)
    assert not any("may flag" in each for each in repair_sentences(report))


@pytest.mark.parametrize(
    ("threshold", "has_refit", "has_recipe", "has_row"),
    [(0.04, True, False, True), (None, True, False, True), (0.02, False, True, True), (0.04, False, False, False)],
)
def test_held_out_images_of_b_stand_beside_those_of_its_repair(
    threshold: float | None, has_refit: bool, has_recipe: bool, has_row: bool
) -> None:
    report = report_of(PRUNE, threshold=threshold, has_refit=has_refit, has_recipe=has_recipe)
    rows = dict(table_rows(report))
    assert rows.get("clean held-out") == ((*HELD_OUT, None, None) if has_row else None)


def unlearned(before: tuple[float, ...], after: tuple[float, ...], suspects: tuple[int, ...], **words: Any) -> str:
    """Return what is said of a network that unlearned triggers."""
    report = report_of(FINETUNE, threshold=None, has_refit=True, has_recipe=False)
    epochs = tuple(
        RefitEpoch(number, 0.5, 1e-3, HELD_OUT[1], None, (), relative_sizes=sizes, suspects=suspects)
        for number, sizes in enumerate((before, after))
    )
    refit = Refit(RefitSettings(), epochs, 1, 400, False)
    return " ".join(repair_sentences(replace(report, refit=refit, **words)))


def test_suspected_classes_and_the_sizes_of_their_triggers_are_told() -> None:
    told = unlearned((0.2, 0.5), (1.25, 1.1), (4,))
    assert (
        "Suspected: class 4. The smallest trigger found for one of these was 0.20 of the other classes' median" in told
    )
    assert "and is 1.10 on B′" in told
    assert "Suspected: classes 4 and 7 and an all-to-all attack." in unlearned((0.2,), (1.0,), (4, 7, -1))
    assert "Suspected: an all-to-all attack." in unlearned((0.2,), (1.0,), (-1,))
    assert "Suspected" not in unlearned((), (), ())
    assert "Suspected, as given: class 4." in unlearned((0.2,), (1.0,), (4,), given_suspects=(4,))
