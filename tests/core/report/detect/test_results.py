"""The report of a detection: record, JSON, CSV, text and page."""

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.dataset import Dataset
from core.detect.combination import Logistic
from core.detect.detector import Detector
from core.detect.detectors.registry import DETECTORS
from core.detect.job import Detection, DetectionRequest
from core.detect.records import AllToAll, ClassScores, ReconstructedTrigger, unsuitable
from core.detect.verdict import Outcome, verdict_by
from core.monitor import Monitor
from core.network.network import Network
from core.records import Share
from core.report.detect.examples import EXAMPLE_COUNT, examples_of
from core.report.detect.page import write_detection_html
from core.report.detect.record import MOST_SHOWN, DetectionReport, describe_detection, is_at_least
from core.report.detect.results import (
    detection_as_dict,
    detection_text,
    write_classes_csv,
    write_detection_json,
)
from core.report.detect.text import estimate_sentence
from core.scale import Scale
from tests.core.detect.made_scores import combination
from tests.core.detect.planted import CLASS_COUNT, PATCH, SIZE, TARGET, planted_network, quarter_images
from tests.core.detect.wide import wide_network

NAMES = ("weight-signature", "patch-inversion", "whole-picture-inversion")
NO_SETTINGS = {"TYPE_CHECKING", "PUBLISHED_EVERY", "WHITE", "LEAST_CLASSES"}  # numbers that change no figure


def white_patch(label: int = TARGET) -> ReconstructedTrigger:
    """The trigger of the planted network: four white pixels."""
    opacity = np.zeros((SIZE, SIZE, 1), np.float32)
    opacity[PATCH, PATCH] = 1
    return ReconstructedTrigger(label, opacity, np.full((SIZE, SIZE, 1), 255, np.float32), Share(40, 40))


def brighter(label: int = TARGET) -> ReconstructedTrigger:
    """The same as a change of all pixels."""
    change = np.zeros((SIZE, SIZE, 1), np.float32)
    change[PATCH, PATCH] = 200
    nothing = np.zeros((SIZE, SIZE, 1), np.float32)
    return ReconstructedTrigger(label, nothing, nothing.copy(), Share(38, 40), change=change)


def make_report(
    *,
    network: Network | None = None,
    dataset: Dataset | None = None,
    has_labels: bool = True,
    score: float = 20.0,
    command: tuple[str, ...] = ("detect", "--model", "planted.keras"),
) -> DetectionReport:
    """A report on the planted network: three detectors, of which the first was not run."""
    network = network or planted_network()
    values = np.zeros(network.class_count)
    values[TARGET], values[1] = score, np.nan
    request = DetectionRequest(
        network,
        Scale.UNIT,
        dataset=dataset or quarter_images(),
        has_labels=has_labels,
        detectors=tuple(DETECTORS.get(name) for name in NAMES),
        seed=11,
    )
    scores = (
        unsuitable(NAMES[0], network.class_count, "Weight signature needs a dense layer"),
        ClassScores(NAMES[1], values.copy(), values.copy(), triggers={TARGET: white_patch()}, seconds=2.5),
        ClassScores(NAMES[2], values / 2, values / 2, triggers={TARGET: brighter()}, sentence="All were screened."),
    )
    detection = Detection(request, scores, 12.0)
    verdict = verdict_by(combination(NAMES[1:]), scores[1:])
    return describe_detection(
        detection,
        verdict,
        scale_finding=None,
        is_scale_given=True,
        command_line=command,
        monitor=Monitor(),
        created=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    )


def test_record_shows_both_triggers_and_writes_the_stronger_one() -> None:
    report = make_report()
    assert report.verdict.outcome is Outcome.BACKDOORED
    assert [(each.detector, each.files) for each in report.triggers] == [
        ("patch-inversion", (f"trigger_{TARGET}.png",)),
        ("whole-picture-inversion", ()),
    ]
    for shown in report.triggers:
        assert len(shown.examples) == EXAMPLE_COUNT
        for each in shown.examples:
            assert each.answer_before != TARGET
            assert each.answer_after == TARGET
            assert (each.before != each.after).any()


def test_most_likely_class_is_shown_if_none_is_named() -> None:
    report = make_report(score=0.5)
    assert report.verdict.outcome is Outcome.NOTHING_FOUND
    assert report.verdict.classes == ()
    assert report.file_names == (f"trigger_{TARGET}.png",)


def test_examples_are_the_same_for_the_same_seed_and_images_stay() -> None:
    images = quarter_images()
    before = np.asarray(images.images).copy()
    report = make_report(dataset=images)
    one, two = (examples_of(report.detection.request, white_patch(), monitor=Monitor()) for _ in range(2))
    assert [each.before.tolist() for each in one] == [each.before.tolist() for each in two]
    assert (np.asarray(images.images) == before).all()
    assert len(examples_of(report.detection.request, white_patch(label=99), monitor=Monitor())) == EXAMPLE_COUNT


def test_images_that_are_all_answered_as_the_class_give_no_examples() -> None:
    images = quarter_images(4)
    only = replace(images, images=np.asarray(images.images)[:1], labels=images.labels[:1])
    report = make_report(dataset=only)
    own = int(report.triggers[0].examples[0].answer_before)
    assert examples_of(report.detection.request, white_patch(label=own), monitor=Monitor()) == ()


def test_json_holds_everything_and_no_number_that_is_none(tmp_path: Path) -> None:
    report = make_report()
    write_detection_json(tmp_path / "results.json", report, files=["results.json"])
    values = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert values == detection_as_dict(report, files=["results.json"])
    assert values["verdict"] == "backdoored"
    assert values["probability"] == report.verdict.probability
    assert values["reliability"]["total"] == 0
    assert values["reliability"]["rate"] is None
    assert values["thresholds"] == {"backdoored": 0.8, "suspicious": 0.4}
    assert values["scale"]["how"] == "as given by --scale"
    assert [(each["ending"], each["took_part"]) for each in values["detectors"]] == [
        ("not run", False),
        ("done", True),
        ("done", True),
    ]
    assert [each["examined_count"] for each in values["detectors"]] == [0, CLASS_COUNT - 1, CLASS_COUNT - 1]
    assert values["detectors"][1]["seconds"] == 2.5
    patch, change = values["triggers"]
    assert (patch["kind"], patch["covered_share"], patch["root_mean_square_change"]) == ("patch", 1 / 16, None)
    assert (change["kind"], change["covered_share"]) == ("whole picture", None)
    assert change["root_mean_square_change"] == pytest.approx(50)
    assert patch["success"]["count"] == 40
    assert values["seed"] == 11
    assert "Not run: Weight signature needs a dense layer." in values["limits"]["sentences"]


def test_images_without_labels_are_named_as_such(tmp_path: Path) -> None:
    report = make_report(has_labels=False)
    inputs = detection_as_dict(report)["inputs"]
    assert inputs["validation"] is None
    assert inputs["pictures"]["image_count"] == 40
    assert "40 clean images without labels; seed 11; 12 s." in detection_text(report)


@pytest.mark.parametrize("detector", DETECTORS, ids=str)
def test_every_number_of_a_detectors_file_is_among_its_settings(detector: Detector) -> None:
    constants = vars(sys.modules[type(detector).__module__])
    numbers = {name: value for name, value in constants.items() if name.isupper() and isinstance(value, int | float)}
    wanted = {value for name, value in numbers.items() if name[0] != "_" and name not in NO_SETTINGS}
    assert wanted <= set(detector.settings.values())
    assert all(name == name.lower() and value > 0 for name, value in detector.settings.items())


def test_every_class_has_a_row_and_what_was_not_examined_is_empty(tmp_path: Path) -> None:
    report = make_report()
    write_classes_csv(tmp_path / "classes.csv", report.detection)
    with (tmp_path / "classes.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["class"] for row in rows] == [str(each) for each in range(CLASS_COUNT)]
    assert list(rows[0]) == ["class", "probability", *NAMES]
    assert rows[1]["patch-inversion"] == rows[0]["weight-signature"] == ""
    assert float(rows[TARGET]["patch-inversion"]) == 20.0


def test_text_says_verdict_evidence_triggers_limits_and_what_is_next() -> None:
    lines = detection_text(make_report()).splitlines()
    assert lines[0] == f"Backdoored: class {TARGET}"
    assert lines[1].startswith("Probability of a backdoor")
    text = "\n".join(lines)
    assert f"Trigger inversion, patch: class {TARGET} is first of 5 classes, +20.0 standard deviations" in text
    assert f"100 % of the clean images tried become class {TARGET} with this on 6.2 % of the picture." in text
    assert "Do not use the network as it is." in text
    assert "This does not show that the network is clean." in detection_text(make_report(score=0.5))


def test_few_images_are_a_caution() -> None:
    assert make_report(dataset=quarter_images(12)).origin.cautions[0].startswith("There are only 12 clean images")
    assert make_report().origin.cautions == ()


def test_page_is_whole_and_refers_to_nothing_outside(read_page: Callable[[str], Any], tmp_path: Path) -> None:
    write_detection_html(tmp_path / "report.html", make_report())
    source = (tmp_path / "report.html").read_text("utf-8")
    page = read_page(source.replace("<img ", "<br ").replace("<rect", "<line").replace("</rect>", ""))
    assert all(each.startswith("data:image/png;base64,") for each in page.addresses)
    assert len(page.addresses) == 2 * (1 + 2 * EXAMPLE_COUNT)
    assert not {"script", "link", "iframe", "object", "base", "form"} & set(page.tags)
    assert "url(" not in source
    assert "http:" not in source.replace("http-equiv", "")
    assert "https:" not in source
    for expected in (
        f"Backdoored: class {TARGET}",
        "What could have been missed",
        "Not run: Weight signature needs a dense layer.",
        "python main.py detect --model planted.keras",
        "Done, 2.5 s.",
        "All were screened.",
        f"0 → {TARGET}",
    ):
        assert expected in page.text, expected
    assert source.count('role="img"') == 2


def test_classes_beyond_the_first_rows_unfold(tmp_path: Path) -> None:
    images = np.zeros((12, 4, 4, 1), np.uint8)
    dataset = Dataset("black.h5", Path("black.h5"), images, np.zeros(12, np.int64), "", 0.0)
    network = wide_network(60)
    request = DetectionRequest(
        network, Scale.UNIT, dataset=dataset, detectors=(DETECTORS.get(NAMES[1]),), has_labels=False
    )
    values = np.linspace(0, 1, 60)
    scores = (ClassScores(NAMES[1], values.copy(), values.copy()),)
    report = describe_detection(
        Detection(request, scores),
        verdict_by(combination(NAMES[1:2]), scores),
        scale_finding=None,
        is_scale_given=False,
        command_line=(),
        monitor=Monitor(),
    )
    write_detection_html(tmp_path / "report.html", report)
    source = (tmp_path / "report.html").read_text("utf-8")
    assert "35 more classes" in source
    assert source.count('class="gauge"') == 60
    assert report.triggers == ()
    assert "Do it again" not in source


@pytest.mark.parametrize("name", ["<script>alert(1).keras", '"><img src=x>.keras', "{{ 7*7 }}.keras"])
def test_names_stay_text(read_page: Callable[[str], Any], tmp_path: Path, name: str) -> None:
    network = Network(planted_network().model, path=Path(name))
    report = make_report(network=network, command=("detect", "--model", name))
    write_detection_html(tmp_path / "report.html", report)
    source = (tmp_path / "report.html").read_text("utf-8")
    page = read_page(source.replace("<img ", "<br ").replace("<rect", "<line").replace("</rect>", ""))
    assert "script" not in page.tags
    assert f"Is {name} backdoored?" in page.text


def test_an_outcome_is_as_bad_as_itself_and_worse_than_milder_ones() -> None:
    order = [Outcome.NOTHING_FOUND, Outcome.SUSPICIOUS, Outcome.BACKDOORED]
    for place, outcome in enumerate(order):
        assert [is_at_least(outcome, each) for each in order] == [place >= each for each in range(3)]


def test_all_to_all_attack_has_its_own_trigger_and_file(tmp_path: Path) -> None:
    report = make_report(score=0.5)
    found = AllToAll(2.0, 30.0, white_patch(label=-1))
    scores = (*report.detection.scores[:1], *(replace(each, all_to_all=found) for each in report.detection.scores[1:]))
    verdict = verdict_by(combination(NAMES[1:]), scores[1:])
    assert verdict.is_all_to_all
    report = describe_detection(
        Detection(report.detection.request, scores),
        verdict,
        scale_finding=None,
        is_scale_given=True,
        command_line=(),
        monitor=Monitor(),
    )
    assert report.file_names == ("trigger_all_to_all.png",)
    values = detection_as_dict(report)
    assert values["is_all_to_all"]
    assert values["classes"] == []
    assert values["triggers"][0]["class"] is None
    assert values["detectors"][1]["all_to_all"] == {"statistic": 2.0, "score": 30.0}
    assert values["detectors"][0]["all_to_all"] is None
    assert "a trigger that leads each class to the next one is +30.0" in detection_text(report)
    write_detection_html(tmp_path / "report.html", report)
    assert "<h3>Each class to the next</h3>" in (tmp_path / "report.html").read_text("utf-8")


def test_time_is_told_before_the_work() -> None:
    assert estimate_sentence({"weight-signature": 0.0}) == "About 1 s."
    seconds = {"weight-signature": 0.0, "maximum-margin": 20.4, "patch-inversion": 130.0}
    assert estimate_sentence(seconds) == ("About 2 min 30 s: Maximum margin 20 s; Trigger inversion, patch 2 min 10 s.")


def test_triggers_of_many_named_classes_are_written_but_not_all_are_shown() -> None:
    network = wide_network(20)
    images = np.zeros((40, 4, 4, 1), np.uint8)
    dataset = Dataset("black.h5", Path("black.h5"), images, np.zeros(40, np.int64), "", 0.0)
    values = np.full(20, 50.0)
    opaque = np.ones((4, 4, 1), np.float32)
    triggers = {label: ReconstructedTrigger(label, opaque, opaque, Share(1, 1)) for label in range(20)}
    request = DetectionRequest(
        network, Scale.UNIT, dataset=dataset, detectors=(DETECTORS.get(NAMES[1]),), has_labels=False
    )
    scores = (ClassScores(NAMES[1], values.copy(), values.copy(), triggers=triggers),)
    report = describe_detection(
        Detection(request, scores),
        verdict_by(combination(NAMES[1:2], of_class=Logistic((1.0,), 3.0), backdoored_from=0.5), scores),
        scale_finding=None,
        is_scale_given=True,
        command_line=(),
        monitor=Monitor(),
    )
    assert len(report.file_names) == 20
    assert all(not each.examples for each in report.triggers[MOST_SHOWN:])
