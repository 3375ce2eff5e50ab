"""A set that was stamped in the studio is called after that, and its figures are called no estimates."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import Dataset, from_arrays
from core.data.interpretation_text import short_interpretation
from core.data.stamped import restamped, stamped_set
from core.data.trigger import Trigger
from core.metrics.cells import network_cells
from core.metrics.interpretation import with_interpretations
from core.metrics.network_scores import NetworkKind
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.report.csv_cells import set_suffixes, suffixes
from core.report.json_values import shares_as_dicts
from core.report.origin import poisoned_file
from core.scale import Scale
from core.words import attack_word, estimated_name, set_endings, short_mark, stamped_name
from gui.theme.formatting import short_names

STUDIO, FOUND = stamped_name("valid.h5", 3), estimated_name("valid.h5", 3)


def test_names_of_sets_tell_how_they_were_made() -> None:
    assert STUDIO == "valid.h5 (stamped in the studio, target 3)"
    assert stamped_name("valid.h5", None) == "valid.h5 (stamped in the studio, all-to-all)"
    assert short_mark(STUDIO) == ("valid.h5", " (stamped)")
    assert short_mark(FOUND) == ("valid.h5", " (estimated)")
    assert set_endings([STUDIO]) == (" (stamped)",)
    assert [each.replace("\u00a0", " ") for each in short_names([STUDIO, "p.h5"])] == ["valid (stamped)", "p"]
    assert set_suffixes([STUDIO]) == ["_stamped"]
    assert suffixes([STUDIO, FOUND]) == ["_valid_stamped", "_valid_estimated"]
    assert [each["is_estimated"] for each in shares_as_dicts([None, None], [STUDIO, FOUND])] == [False, True]
    assert any(STUDIO in title for title in network_cells(None, NetworkKind.PRUNED, poisoned_names=[STUDIO]))


@pytest.mark.parametrize(
    ("names", "word"),
    [
        ((), "ASR"),
        (("p.h5",), "ASR"),
        ((STUDIO, STUDIO), "ASR (stamped)"),
        ((FOUND,), "ASR (estimated)"),
        ((STUDIO, "p.h5"), "ASR (partly stamped)"),
        ((STUDIO, FOUND), "ASR (partly estimated)"),
    ],
)
def test_the_attack_is_called_after_all_sets(names: tuple[str, ...], word: str) -> None:
    assert attack_word(names) == word


def test_it_is_no_estimate_on_a_real_network(marked_network: Network, marked_sets: tuple[Dataset, Dataset]) -> None:
    clean, _ = marked_sets
    height, width, _ = clean.image_shape
    rgba = np.zeros((height, width, 4), np.float32)
    rgba[:2, :2] = (0, 0, 255, 1)
    made = stamped_set(clean, Trigger("blue", rgba), 2, scale=Scale.RAW, is_reconstructed=False)
    found = with_interpretations(EvaluationInputs(marked_network, clean, None, (made,), Scale.RAW), monitor=Monitor())
    interpretation = found.poisoned[0].interpretation
    assert interpretation is not None
    assert interpretation.has_true_labels
    assert not interpretation.is_estimated
    assert short_interpretation(interpretation) == "true labels, target 2 given"
    file = poisoned_file(made, interpretation)
    assert file.made_of is not None
    assert file.made_of.path == str(clean.path)


def test_it_stays_what_it_is_on_other_images() -> None:
    clean = from_arrays("v.h5", np.zeros((4, 2, 2, 3), np.uint8), np.array([0, 1, 2, 1]))
    made = stamped_set(clean, Trigger("drawn", np.full((2, 2, 4), 0.5, np.float32)), 0, is_reconstructed=False)
    other = restamped(made, replace(clean, name="w.h5", path=Path("w.h5")))
    assert other.name == "w.h5 (stamped in the studio, target 0)"
    assert not other.is_estimated
    assert other.is_stamped
