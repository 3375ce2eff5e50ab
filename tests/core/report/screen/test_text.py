"""What screening found, as text."""

from pathlib import Path

from core.report.screen.text import summary_lines, verdict_lines
from core.screen.verdict import FileVerdict

OPENED = FileVerdict(Path("net.h5"), "model", 1234, "ab" * 32, facts=(("layers", "7"), ("classes", "5")), sandbox="on")
REFUSED = FileVerdict(
    Path("evil\x1b[2J.h5"), "model", 99, "cd" * 32, "unsupported-layer", "layer 'x' is of class Lambda", sandbox="on"
)


def test_a_verdict_names_checks_hash_and_facts() -> None:
    assert verdict_lines(OPENED) == [
        "net.h5: opens as a network",
        "  layers 7, classes 5",
        f"  SHA-256 {'ab' * 32}, 1,234 bytes",
        "  checks passed: file, limits, format, containment, layers, weights, ends",
    ]
    lines = verdict_lines(REFUSED)
    assert lines[0].endswith(": refused [unsupported-layer]")
    assert "\x1b" not in lines[0]
    assert lines[3].startswith("  checks passed: file; failed: layers; not completed: limits,")


def test_a_file_without_a_hash() -> None:
    missing = FileVerdict(Path("x.h5"), "model", code="missing-file", sentence="there is no file")
    assert len(verdict_lines(missing)) == 3


def test_the_summary_counts_and_warns_that_safe_is_not_clean() -> None:
    lines = summary_lines([OPENED, REFUSED], sandbox="on")
    assert lines[0].startswith("2 files: 1 open, 1 refused. No network was used")
    assert "no backdoor" in lines[1]
    assert lines[-1].startswith("Sandbox: on. Backdoor Inspector ")
    assert len(summary_lines([REFUSED], sandbox="on")) == 2
