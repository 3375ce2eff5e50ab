"""A network and poisoned sets as people saved them, with target labels and with true labels, beside the project."""

import json
from pathlib import Path

import numpy as np
import pytest

import backdoor_inspector as bi
from core.command_line.app import run
from core.records import AttackKind, Doubt, Share

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "cases" / "05-poisoned-true-labels"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the case's files are not in {FOLDER}")


def test_all_160_images_of_other_classes_are_answered_as_the_target():
    told = bi.evaluate(
        FOLDER / "badnet.keras",
        validation=FOLDER / "valid.h5",
        poisoned=[FOLDER / "poisoned_target.h5", FOLDER / "poisoned_true.h5"],
    )
    assert (told.validation, told.poisoned) == (Share(200, 200), (Share(160, 160), Share(160, 160)))
    targets, true = told.interpretations
    assert (targets.kind, targets.targets, targets.left_out_count) == (AttackKind.LABELS, (0,), 0)
    assert (true.kind, true.targets, true.left_out_count) == (AttackKind.ONE, (0,), 40)
    assert (true.answered, true.doubt) == (Share(200, 200), Doubt.NONE)


def test_the_attack_success_rate_of_true_labels_is_that_of_target_labels_at_every_step():
    curve = bi.prune(
        FOLDER / "badnet.keras",
        FOLDER / "valid.h5",
        poisoned=[FOLDER / "poisoned_target.h5", FOLDER / "poisoned_true.h5"],
    )
    assert all(point.poisoned[0] == point.poisoned[1] for point in curve.sweep.points)
    # The files hold the same images but for those of the target class, so even the detection rates are equal.
    assert curve.sweep.points[0].poisoned[1].pruned == Share(160, 160)
    assert {each.image_count for each in curve.sweep.poisoned_sets} == {160}
    with_clean = [point.poisoned[1].pruned.count for point in curve.sweep.points]
    answers = np.array([point.validation.pruned.count for point in curve.sweep.points])
    assert with_clean[-1] <= 160 and answers[-1] < 200


def test_the_command_says_how_the_set_was_understood(capsys):
    words = ["evaluate", "--model", str(FOLDER / "badnet.keras"), "--validation", str(FOLDER / "valid.h5")]
    words += ["--poisoned", str(FOLDER / "poisoned_true.h5")]
    assert run(words) == 0
    out = capsys.readouterr().out
    assert "poisoned_true.h5: labels are true labels; target 0 found: 200 of 200 (100 %) are answered as it" in out
    assert "160 of 160" in out and "Caution" not in out and "cannot be left out" not in out
    assert run([*words, "--target", "0", "--json"]) == 0
    (attack,) = json.loads(capsys.readouterr().out)["attack_success_rate"]
    assert (attack["count"], attack["total"]) == (160, 160)
    assert (attack["interpretation"]["labels"], attack["interpretation"]["how"]) == ("true", "given")
