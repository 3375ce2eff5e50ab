"""What screening found, as plain JSON values."""

from collections.abc import Sequence

from core.report.json_values import FORMAT, Json
from core.screen.verdict import CAUTION, STATEMENT, FileVerdict
from core.version import NAME, versions


def verdicts_as_dict(verdicts: Sequence[FileVerdict], *, sandbox: str) -> Json:
    """Return all verdicts, with what they were found by."""
    return {
        "format": FORMAT,
        "application": NAME,
        "versions": versions(),
        "sandbox": sandbox,
        "statement": f"{STATEMENT} {CAUTION}",
        "opened_count": sum(verdict.is_opened for verdict in verdicts),
        "refused_count": sum(not verdict.is_opened for verdict in verdicts),
        "files": [verdict_as_dict(verdict) for verdict in verdicts],
    }


def verdict_as_dict(verdict: FileVerdict) -> Json:
    """Return one verdict."""
    return {
        "path": str(verdict.path),
        "kind": verdict.kind,
        "size_bytes": verdict.size_bytes,
        "sha256": verdict.sha256,
        "opens": verdict.is_opened,
        "code": verdict.code or None,
        "sentence": verdict.sentence or None,
        "facts": dict(verdict.facts),
        "checks": [
            {"name": check.name, "title": check.title, "outcome": str(outcome)} for check, outcome in verdict.outcomes
        ],
        "sandbox": verdict.sandbox or None,
    }
