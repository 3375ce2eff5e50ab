"""What screening found, in SARIF 2.1.0: the properties that the standard requires, and what they refer to."""

import json
from pathlib import Path

from core.intake.codes import CODES
from core.report.screen.sarif import sarif_log
from core.screen.verdict import FileVerdict

VERDICTS = [
    FileVerdict(Path("net.h5"), "model", 12, "ab" * 32, facts=(("layers", "7"),), sandbox="on"),
    FileVerdict(Path("a b%.h5"), "model", 3, "cd" * 32, "damaged-file", "it is damaged", sandbox="on"),
    FileVerdict(Path("nowhere.h5"), "model", code="missing-file", sentence="there is no file"),
]


def test_the_log_is_one_run_with_an_artifact_and_a_result_for_each_file() -> None:
    log = json.loads(json.dumps(sarif_log(VERDICTS, sandbox="on"), allow_nan=False))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "Backdoor Inspector"
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(rules) == len(set(rules))
    assert set(rules) == {"opens", *CODES}
    assert all(rule["shortDescription"]["text"].endswith(".") for rule in driver["rules"])
    assert len(run["artifacts"]) == len(run["results"]) == 3
    for index, (verdict, artifact, result) in enumerate(zip(VERDICTS, run["artifacts"], run["results"], strict=True)):
        uri = verdict.path.absolute().as_uri()
        assert artifact["location"]["uri"] == uri
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert place == {"uri": uri, "index": index}
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
    assert [result["kind"] for result in run["results"]] == ["pass", "fail", "fail"]
    assert [result["level"] for result in run["results"]] == ["none", "error", "error"]
    assert run["artifacts"][1]["hashes"] == {"sha-256": "cd" * 32}
    assert "hashes" not in run["artifacts"][2]
    assert run["invocations"] == [{"executionSuccessful": True}]
