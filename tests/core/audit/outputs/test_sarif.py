"""The findings of an audit for continuous integration."""

import pytest

from core.audit.outputs.sarif import findings_of, sarif_log
from core.audit.records import AuditRow, Ending
from core.records import Share
from tests.core.audit.rows import REFUSED, row

CLEAN = row("clean.h5", verdict="nothing found", probability=0.01, classes=(), attacks=())


@pytest.mark.parametrize(
    ("each", "found"),
    [
        (row(), [("backdoored", "error"), ("attack-succeeds", "error")]),
        (row(attacks=(("p.h5", Share(1, 8)),)), [("backdoored", "error")]),
        (row(verdict="suspicious", attacks=()), [("suspicious", "warning")]),
        (CLEAN, [("nothing-found", "none")]),
        (REFUSED, [("refused", "error")]),
        (row(ending=Ending.CRASHED), [("not-examined", "error")]),
        (row(ending=Ending.TIMED_OUT), [("not-examined", "error")]),
    ],
)
def test_what_is_said_of_a_network(each: AuditRow, found: list[tuple[str, str]]) -> None:
    assert [(rule, level) for rule, level, _ in findings_of(each)] == found


def test_every_result_names_its_rule_and_its_artifact() -> None:
    rows = [row(), REFUSED, CLEAN]
    (run,) = sarif_log(rows)["runs"]
    rules = [each["id"] for each in run["tool"]["driver"]["rules"]]
    assert len(run["artifacts"]) == 3
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert run["artifacts"][place["index"]]["location"]["uri"] == place["uri"]
    assert [each["kind"] for each in run["results"]] == ["fail", "fail", "fail", "pass"]
