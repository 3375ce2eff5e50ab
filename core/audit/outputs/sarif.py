"""The rows of an audit in the Static Analysis Results Interchange Format (SARIF), for continuous integration.

A network that is judged backdoored is an error, a suspicious one a warning; one that was refused, or whose examination
did not end, is an error with its own rule.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, section 3.27 (result).
"""

from collections.abc import Sequence
from pathlib import Path

from core.audit.records import AuditRow, Ending
from core.detect.verdict import Outcome
from core.report.json_values import Json, write_json
from core.report.sarif_log import artifact, location, one_run, uri_of
from core.words import percent

SARIF_NAME = "audit.sarif"

_RULES = {
    "backdoored": "The detectors judge the network backdoored.",
    "suspicious": "The detectors judge the network suspicious.",
    "attack-succeeds": "Images with a trigger reach the attacker's target.",
    "refused": "The file was refused when it was opened, or does not fit its images.",
    "not-examined": "The network crashed the process that examined it, or reached the time limit.",
    "nothing-found": "Nothing was found, which does not show that the network is clean.",
}
LARGE_ATTACK = 0.5
"""From this attack success rate on, the images with the trigger are a finding of their own."""


def write_sarif(path: Path, rows: Sequence[AuditRow]) -> None:
    """Write `sarif_log`.

    Raises:
        ExportError: the file could not be written.
    """
    write_json(path, sarif_log(rows))


def sarif_log(rows: Sequence[AuditRow]) -> Json:
    """Return a log with one run: an artifact for each network, and one result or more."""
    places = {rule: index for index, rule in enumerate(_RULES)}
    return one_run(
        _RULES,
        artifacts=[artifact(uri_of(Path(each.path)), sha256=each.sha256) for each in rows],
        results=[
            _result(row, index, finding, rule_index=places[finding[0]])
            for index, row in enumerate(rows)
            for finding in findings_of(row)
        ],
        properties={},
    )


def findings_of(row: AuditRow) -> list[tuple[str, str, str]]:
    """Return what is said of a network: rule, level ("error", "warning", "none") and sentence; at least one."""
    if row.ending is Ending.REFUSED:
        return [("refused", "error", f"{row.name}: {row.sentence}")]
    if row.ending is not Ending.FINISHED:
        return [("not-examined", "error", f"{row.name}: {row.sentence}")]
    found = []
    if row.verdict in (Outcome.BACKDOORED.value, Outcome.SUSPICIOUS.value):
        classes = "each class to the next" if row.is_all_to_all else f"class {', '.join(map(str, row.classes))}"
        named = f", {classes}" if row.is_all_to_all or row.classes else ""
        level = "error" if row.verdict == Outcome.BACKDOORED.value else "warning"
        found.append((row.verdict, level, f"{row.name}: {row.verdict}{named} (probability {row.probability:.2f})."))
    attack = row.largest_attack
    if attack is not None and attack.total and attack.rate >= LARGE_ATTACK:
        sentence = f"{row.name}: {attack} images with the trigger ({percent(attack)}) reach their target."
        found.append(("attack-succeeds", "error", sentence))
    return found or [("nothing-found", "none", f"{row.name}: nothing was found, which does not show that it is clean.")]


def _result(row: AuditRow, index: int, finding: tuple[str, str, str], *, rule_index: int) -> Json:
    rule, level, text = finding
    return {
        "ruleId": rule,
        "ruleIndex": rule_index,
        "kind": "pass" if level == "none" else "fail",
        "level": level,
        "message": {"text": text},
        "locations": location(Path(row.path), index),
        "properties": {"key": row.key, "code": row.code, "folder": row.folder},
    }
