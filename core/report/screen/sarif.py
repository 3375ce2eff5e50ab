"""What screening found, in the Static Analysis Results Interchange Format (SARIF) for other tools to collect.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, sections 3.13 (sarifLog) to 3.27
(result); a file that opens is a result of the kind "pass" (section 3.27.9).
"""

from collections.abc import Sequence

from core.intake.codes import CODES
from core.report.json_values import Json
from core.screen.verdict import CAUTION, STATEMENT, FileVerdict
from core.version import NAME, VERSION, versions

SARIF_VERSION = "2.1.0"
SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_PASSED = "opens"


def sarif_log(verdicts: Sequence[FileVerdict], *, sandbox: str) -> Json:
    """Return a SARIF log with one run: a rule for each code of a refusal, an artifact and a result for each file."""
    rules = {_PASSED: "the file passed all checks", **CODES}
    places = {code: index for index, code in enumerate(rules)}
    return {
        "$schema": SARIF_SCHEMA,
        "version": SARIF_VERSION,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": NAME,
                        "version": VERSION,
                        "semanticVersion": VERSION,
                        "rules": [
                            {"id": code, "shortDescription": {"text": _sentence(text)}} for code, text in rules.items()
                        ],
                    }
                },
                "invocations": [{"executionSuccessful": True}],
                "artifacts": [_artifact(verdict) for verdict in verdicts],
                "results": [_result(verdict, index, places) for index, verdict in enumerate(verdicts)],
                "properties": {"statement": f"{STATEMENT} {CAUTION}", "sandbox": sandbox, "versions": versions()},
            }
        ],
    }


def _artifact(verdict: FileVerdict) -> Json:
    artifact: Json = {"location": {"uri": _uri(verdict)}, "roles": ["analysisTarget"]}
    if verdict.size_bytes is not None:
        artifact["length"] = verdict.size_bytes
    if verdict.sha256 is not None:
        artifact["hashes"] = {"sha-256": verdict.sha256}
    return artifact


def _result(verdict: FileVerdict, index: int, places: dict[str, int]) -> Json:
    code = verdict.code or _PASSED
    result: Json = {
        "ruleId": code,
        "kind": "pass" if verdict.is_opened else "fail",
        "level": "none" if verdict.is_opened else "error",
        "message": {"text": verdict.sentence or "The file passed all checks."},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(verdict), "index": index}}}],
        "properties": {"kind": verdict.kind, "facts": dict(verdict.facts)},
    }
    if code in places:
        result["ruleIndex"] = places[code]
    return result


def _uri(verdict: FileVerdict) -> str:
    return verdict.path.absolute().as_uri()


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
