"""`detect` on the embedded demo: it names the target, and finds nothing in the clean control.

The costly detectors take minutes for each network. Their scores are kept in `tests/core/demo/scores`. The verdict on
them is made anew; the cheap detectors are run, and must still give the scores that are kept. After a change of a
detector, of the demo or of what is examined, make them again from the results of `./run detect --demo --out one` and
`./run detect --demo-control --out two`:

    python -m tests.core.command_line.commands.test_detect_demo one two
"""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.demo.demo import TARGET_LABEL, demo_files
from core.detect.detectors.registry import DETECTORS
from core.detect.records import AllToAll, ClassScores
from core.detect.verdict import Outcome, Verdict, verdict_of

SCORES = Path(__file__).resolve().parents[2] / "demo" / "scores"
ALL_TO_ALL, STATISTIC = "all-to-all", " statistic"
CHEAP = ("weight-signature", "random-patches")


def keep(name: str, results_folder: Path) -> None:
    """Keep what a run found: a row for each class, and one for an all-to-all trigger."""
    results = json.loads((results_folder / "results.json").read_text("utf-8"))
    with (results_folder / "classes.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    with (SCORES / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        found = results["detectors"]
        writer.writerow(["class", *(f"{each['detector']}{end}" for each in found for end in ("", STATISTIC))])
        for label, row in enumerate(rows):
            pairs = [(row[each["detector"]], each["statistics"][label]) for each in found]
            writer.writerow([label, *(_cell(value) for pair in pairs for value in pair)])
        last = [each["all_to_all"] or {"score": None, "statistic": None} for each in found]
        pairs = [(each["score"], each["statistic"]) for each in last]
        writer.writerow([ALL_TO_ALL, *(_cell(value) for pair in pairs for value in pair)])


def kept(name: str) -> tuple[ClassScores, ...]:
    """What was kept of a network."""
    with (SCORES / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    classes = [row for row in rows if row["class"] != ALL_TO_ALL]
    assert [row["class"] for row in classes] == [str(label) for label in range(len(classes))]
    of_all = next((row for row in rows if row["class"] == ALL_TO_ALL), None)
    found = []
    for each in (name for name in rows[0] if name in DETECTORS.names):
        scores, statistic = (
            np.array([float(row[column] or "nan") for row in classes]) for column in (each, f"{each}{STATISTIC}")
        )
        last = None
        if of_all is not None and of_all[each]:
            last = AllToAll(float(of_all[f"{each}{STATISTIC}"]), float(of_all[each]))
        found.append(ClassScores(each, statistic, scores, all_to_all=last))
    return tuple(found)


def _cell(value: Any) -> str:
    return "" if value in ("", None) else f"{float(value):.6g}"


def verdict_on(name: str) -> Verdict:
    verdict = verdict_of(kept(name))
    assert verdict is not None
    return verdict


def test_all_detectors_are_kept() -> None:
    for name in ("backdoored", "clean_control"):
        assert tuple(each.detector for each in kept(name)) == DETECTORS.names


def test_target_of_the_demo_is_named_first() -> None:
    verdict = verdict_on("backdoored")
    assert verdict.outcome in {Outcome.BACKDOORED, Outcome.SUSPICIOUS}
    assert verdict.classes[0] == verdict.most_likely == TARGET_LABEL


def test_nothing_is_found_in_the_clean_control() -> None:
    assert verdict_on("clean_control").outcome is Outcome.NOTHING_FOUND


@pytest.mark.parametrize(("option", "name"), [("--demo", "backdoored"), ("--demo-control", "clean_control")])
def test_cheap_detectors_give_the_scores_that_are_kept(
    run: Callable[..., Any], tmp_path: Path, option: str, name: str
) -> None:
    out = tmp_path / "out"
    ended = run("detect", option, "--detectors", ",".join(CHEAP), "--out", str(out))
    assert ended.status == 0, ended.err
    results = json.loads((out / "results.json").read_text("utf-8"))
    files = demo_files()
    model = files.model if option == "--demo" else files.control_model
    assert Path(results["inputs"]["model"]["path"]) == model
    assert results["inputs"]["validation"]["image_count"] == 440
    with (out / "classes.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for wanted in kept(name):
        if wanted.detector in CHEAP:
            found = np.array([float(row[wanted.detector]) for row in rows])
            # Other processors round otherwise, which moves a vote now and then.
            np.testing.assert_allclose(
                found, wanted.scores, atol=1e-3 if wanted.detector == "weight-signature" else 2.0
            )
    if option == "--demo":
        assert results["most_likely_class"] == TARGET_LABEL
    else:
        assert results["verdict"] != "backdoored"


def test_results_of_the_demo_go_into_a_folder_of_their_own(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert run("detect", "--demo-control", "--detectors", "weight-signature").status == 0
    assert (tmp_path / "demo-detection" / "report.html").exists()


if __name__ == "__main__":
    keep("backdoored", Path(sys.argv[1]))
    keep("clean_control", Path(sys.argv[2]))
