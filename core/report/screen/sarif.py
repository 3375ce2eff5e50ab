"""What screening found, in the Static Analysis Results Interchange Format (SARIF) for other tools to collect.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, section 3.27 (result); a file that
opens is a result of the kind "pass" (section 3.27.9).
"""

from collections.abc import Sequence

from core.intake.codes import CODES
from core.report.json_values import Json
from core.report.sarif_log import artifact, location, one_run, uri_of
from core.screen.verdict import CAUTION, STATEMENT, FileVerdict

_PASSED = "opens"


def sarif_log(verdicts: Sequence[FileVerdict], *, sandbox: str) -> Json:
    """Return a SARIF log with one run: a rule for each code of a refusal, an artifact and a result for each file."""
    rules = {_PASSED: "the file passed all checks", **CODES}
    places = {code: index for index, code in enumerate(rules)}
    return one_run(
        {code: _sentence(text) for code, text in rules.items()},
        artifacts=[artifact(uri_of(each.path), sha256=each.sha256, size_bytes=each.size_bytes) for each in verdicts],
        results=[_result(verdict, index, places) for index, verdict in enumerate(verdicts)],
        properties={"statement": f"{STATEMENT} {CAUTION}", "sandbox": sandbox},
    )


def _result(verdict: FileVerdict, index: int, places: dict[str, int]) -> Json:
    code = verdict.code or _PASSED
    result: Json = {
        "ruleId": code,
        "kind": "pass" if verdict.is_opened else "fail",
        "level": "none" if verdict.is_opened else "error",
        "message": {"text": verdict.sentence or "The file passed all checks."},
        "locations": location(verdict.path, index),
        "properties": {"kind": verdict.kind, "facts": dict(verdict.facts)},
    }
    if code in places:
        result["ruleIndex"] = places[code]
    return result


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
