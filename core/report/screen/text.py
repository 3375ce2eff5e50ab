"""What screening found, as text for a terminal."""

from collections.abc import Sequence

from core.screen.checks import Outcome
from core.screen.verdict import CAUTION, STATEMENT, FileVerdict
from core.version import NAME, versions
from core.words import counted, printable


def verdict_lines(verdict: FileVerdict) -> list[str]:
    """Return what was found in a file, one line after the other."""
    name = printable(str(verdict.path))
    if verdict.is_opened:
        facts = ", ".join(f"{key} {value}" for key, value in verdict.facts)
        lines = [f"{name}: opens as {_article(verdict.kind)}", f"  {facts}"]
    else:
        lines = [f"{name}: refused [{verdict.code}]", f"  {printable(verdict.sentence)}"]
    if verdict.sha256 is not None:
        lines.append(f"  SHA-256 {verdict.sha256}, {verdict.size_bytes:,} bytes")
    by_outcome = {
        outcome: [check.name for check, found in verdict.outcomes if found is outcome]
        for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.NOT_COMPLETED)
    }
    lines.append("  checks " + "; ".join(f"{each}: {', '.join(names)}" for each, names in by_outcome.items() if names))
    return lines


def summary_lines(verdicts: Sequence[FileVerdict], *, sandbox: str) -> list[str]:
    """Return the last lines: how many files open, how they were read, and by which versions."""
    opened = sum(verdict.is_opened for verdict in verdicts)
    found = versions()
    application = found.pop("application")
    has_network = any(verdict.kind == "model" and verdict.is_opened for verdict in verdicts)
    return [
        f"{counted(len(verdicts), 'file', 'files')}: {opened} open, {len(verdicts) - opened} refused. {STATEMENT}",
        *([CAUTION] if has_network else []),
        f"Sandbox: {sandbox}. {NAME} {application}, "
        + ", ".join(f"{name} {version}" for name, version in found.items()),
    ]


def _article(kind: str) -> str:
    return {"model": "a network", "data": "labelled images", "image": "an image", "results": "earlier results"}[kind]
