"""`detect` on the embedded demo: it names the target, and does not call the clean control backdoored.

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
from numpy.typing import NDArray

from core.demo.demo import TARGET_LABEL, demo_files
from core.detect.detectors.registry import DETECTORS
from core.detect.records import AllToAll, ClassScores
from core.detect.verdict import Outcome, Verdict, verdict_of

SCORES = Path(__file__).resolve().parents[2] / "demo" / "scores"
ALL_TO_ALL = "all-to-all"
CHEAP = ("weight-signature", "random-patches")


def keep(name: str, results_folder: Path) -> None:
    """Keep the scores of a run: a row for each class, and one for an all-to-all trigger."""
    results = json.loads((results_folder / "results.json").read_text("utf-8"))
    with (results_folder / "classes.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    names = list(rows[0])[2:]
    found = [each["all_to_all"] for each in results["detectors"]]
    last = ["" if each is None else each["score"] for each in found]
    with (SCORES / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["class", *names])
        for label, values in (*((row["class"], [row[each] for each in names]) for row in rows), (ALL_TO_ALL, last)):
            writer.writerow([label, *("" if each in ("", None) else f"{float(each):.6g}" for each in values)])


def read(name: str) -> list[dict[str, str]]:
    with (SCORES / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def kept(name: str) -> dict[str, NDArray[np.float64]]:
    """The scores that are kept of a network, by detector; NaN for a class that was not examined."""
    rows = [row for row in read(name) if row["class"] != ALL_TO_ALL]
    assert [row["class"] for row in rows] == [str(each) for each in range(len(rows))]
    return {each: np.array([float(row[each] or "nan") for row in rows]) for each in rows[0] if each in DETECTORS.names}


def verdict_on(name: str) -> Verdict:
    last = next((row for row in read(name) if row["class"] == ALL_TO_ALL), {})
    found = []
    for each, scores in kept(name).items():
        of_all = AllToAll(float(last[each]), float(last[each])) if last.get(each) else None
        found.append(ClassScores(each, scores.copy(), scores.copy(), all_to_all=of_all))
    verdict = verdict_of(found)
    assert verdict is not None
    return verdict


def test_all_detectors_are_kept() -> None:
    for name in ("backdoored", "clean_control"):
        assert tuple(kept(name)) == DETECTORS.names


def test_demo_is_backdoored_and_its_target_comes_first() -> None:
    verdict = verdict_on("backdoored")
    assert verdict.outcome is Outcome.BACKDOORED
    assert verdict.classes[0] == verdict.most_likely == TARGET_LABEL


def test_clean_control_is_not_called_backdoored() -> None:
    assert verdict_on("clean_control").outcome is not Outcome.BACKDOORED


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
    for each, wanted in kept(name).items():
        if each in CHEAP:
            found = np.array([float(row[each]) for row in rows])
            # Other processors round otherwise, which moves a vote now and then.
            np.testing.assert_allclose(found, wanted, atol=1e-3 if each == "weight-signature" else 2.0)
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
