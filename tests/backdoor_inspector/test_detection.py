"""Detection from a script or a notebook."""

import inspect

import numpy as np
import pytest

import backdoor_inspector as bi
from core.detect.detectors.trigger_inversion import Effort
from tests.core.detect.planted import CLASS_COUNT, TARGET, planted_network, quarter_images

NAMES = ("weight-signature", "patch-inversion")


@pytest.fixture(scope="module")
def found() -> bi.Detection:
    return bi.detect(planted_network(), quarter_images(), scale="unit", detectors=NAMES)


def test_record_names_the_class_and_the_trigger(found: bi.Detection) -> None:
    assert found.verdict is not None
    assert found.verdict.most_likely == TARGET
    assert found.request.has_labels
    [(detector, trigger)] = found.triggers(TARGET)
    assert (detector, trigger.label) == ("patch-inversion", TARGET)


def test_record_is_a_table_with_a_row_for_each_class(found: bi.Detection) -> None:
    rows = found.as_rows()
    assert list(rows[0]) == ["class", "probability", *NAMES]
    assert rows[0]["class"] == TARGET
    assert sorted(row["class"] for row in rows) == list(range(CLASS_COUNT))
    likely = [row["probability"] for row in rows]
    assert likely == sorted(likely, reverse=True)


def test_notebook_shows_the_outcome_first(found: bi.Detection) -> None:
    assert found.verdict is not None
    page = found._repr_html_()
    assert page.startswith(f"<p><b>{found.verdict.outcome}")
    assert page.count("<tr>") == CLASS_COUNT + 1


def test_same_seed_gives_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.detect.detectors.maximum_margin.STEP_COUNT", 10)
    one, two = (bi.detect(planted_network(), scale="unit", detectors="maximum-margin", seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.scores[0].scores, two.scores[0].scores)


def test_pictures_have_no_labels_and_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.detect.detectors.trigger_inversion.WHOLE", Effort(10, 8))
    stages = []
    found = bi.detect(
        planted_network(),
        pictures=quarter_images(),
        scale="unit",
        detectors=["patch-inversion", "weight-signature"],
        progress=lambda stage, done, total: stages.append(stage),
    )
    assert not found.request.has_labels
    assert [each.detector for each in found.scores] == list(NAMES)
    assert "Trigger inversion, patch" in stages


def test_scale_is_found_on_labelled_images_alone() -> None:
    assert bi.detect(planted_network(), quarter_images(), detectors=NAMES[:1]).request.scale is not None
    with pytest.raises(bi.DatasetError, match="does not say what its network reads") as caught:
        bi.detect(planted_network(), pictures=quarter_images(), detectors=NAMES[:1])
    assert caught.value.code == "no-scale"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"detectors": ["nope"]}, "unknown-detector"),
        ({"detectors": []}, "repeated-detector"),
        ({"detectors": ["weight-signature", "weight-signature"]}, "repeated-detector"),
        ({"classes": [1, 1]}, "repeated-class"),
        ({"classes": [-1]}, "unknown-class"),
        ({"classes": [6]}, "unknown-class"),
        ({"detectors": ["patch-inversion"]}, "no-detector"),
        ({"validation": quarter_images(), "pictures": quarter_images()}, "too-many-sets"),
    ],
)
def test_wrong_arguments_are_refused_with_a_code(arguments: dict[str, object], code: str) -> None:
    with pytest.raises(bi.InspectorError) as caught:
        bi.detect(planted_network(), scale="unit", **arguments)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_arguments_behind_the_images_are_named() -> None:
    kinds = [each.kind for each in inspect.signature(bi.detect).parameters.values()]
    assert kinds.count(inspect.Parameter.POSITIONAL_OR_KEYWORD) == 2
