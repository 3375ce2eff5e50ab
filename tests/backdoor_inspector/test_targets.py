"""Poisoned sets with true labels in scripts, on the embedded demo."""

from pathlib import Path

import numpy as np
import pytest

import backdoor_inspector as bi
from core.data.dataset_writing import write_dataset
from core.demo.demo import TARGET_LABEL
from core.records import AttackKind, Doubt


@pytest.fixture(scope="module")
def true_labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's triggered faces with the labels of the faces that they were made from."""
    files = bi.demo()
    clean, poisoned = bi.open_dataset(files.test), bi.open_dataset(files.poisoned)
    labels = clean.labels[clean.labels != TARGET_LABEL]
    path = tmp_path_factory.mktemp("targets") / "true.h5"
    write_dataset(path, np.asarray(poisoned.images), labels)
    return path


def test_the_demo_with_true_labels_has_the_same_attack_success(true_labels: Path) -> None:
    files = bi.demo()
    told = bi.evaluate(files.model, validation=files.validation, poisoned=[files.poisoned, true_labels])
    assert told.poisoned[0] == told.poisoned[1]
    assert told.poisoned[0].rate > 0.99
    found = told.interpretations[1]
    assert found is not None
    assert (found.kind, found.targets, found.doubt) == (AttackKind.ONE, (TARGET_LABEL,), Doubt.NONE)


def test_a_network_without_the_backdoor_is_counted_as_b_is(true_labels: Path) -> None:
    files = bi.demo()
    compared = bi.compare(
        files.model, {"control": files.control_model}, validation=files.validation, poisoned=true_labels
    )
    attack = compared.rows[0].by_agreement.poisoned[0]
    assert compared.base.poisoned[0].pruned.rate > 0.99
    assert attack.pruned.rate < 0.05  # not its clean accuracy on triggered images
    assert attack.flagged.rate > 0.9


def test_a_network_without_the_backdoor_leaves_a_doubt(true_labels: Path) -> None:
    files = bi.demo()
    told = bi.evaluate(files.control_model, test=files.test, poisoned=[true_labels, files.test])
    glasses, clean = told.interpretations
    # Sunglasses hide the eyes: the control often answers the same wrong person, but not nearly always.
    assert glasses is not None and glasses.doubt is Doubt.WEAK and glasses.answered.rate < 0.9
    # Clean faces with their labels: the most similar clean faces have them, too.
    assert clean is not None
    assert (clean.kind, clean.doubt, clean.is_compared) == (AttackKind.ONE, Doubt.NO_EFFECT, True)
    assert told.poisoned[1].rate < 0.05


def test_a_given_target(true_labels: Path) -> None:
    files = bi.demo()
    usual = {"validation": files.validation, "poisoned": [files.poisoned, true_labels], "scale": "raw"}
    told = bi.evaluate(files.model, target=["labels", TARGET_LABEL], **usual)
    assert all(each is not None and each.is_given for each in told.interpretations)
    for target in (9999, "glasses", ["labels"] * 3):
        with pytest.raises(bi.DatasetError) as refused:
            bi.evaluate(files.model, target=target, **usual)
        assert refused.value.code == "wrong-target"
