"""Every refusal that a file can meet belongs to one check."""

from dataclasses import replace

from core.intake.codes import CODES
from core.screen.checks import CHECKS, KINDS, Outcome, checks_of
from core.screen.verdict import FileVerdict

# Refusals that concern this computer, a file that is written, or names of classes, which are not screened.
ELSEWHERE = {
    "cache-folder", "needs-room",
    "newer-session", "would-replace-input", "already-exists", "write-failed", "save-differs",
    "wrong-names", "misfit-names",
}  # fmt: skip


def test_every_code_of_a_file_belongs_to_one_check() -> None:
    codes = [code for check in CHECKS for code in check.codes]
    assert len(codes) == len(set(codes))
    assert set(codes) == CODES.keys() - ELSEWHERE
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert all(check.kinds and set(check.kinds) <= set(KINDS) for check in CHECKS)


def test_outcomes_follow_the_code(tmp_path) -> None:  # type: ignore[no-untyped-def]
    opened = FileVerdict(tmp_path / "net.h5", "model")
    assert opened.is_opened
    assert {outcome for _, outcome in opened.outcomes} == {Outcome.PASSED}
    refused = FileVerdict(tmp_path / "net.h5", "model", code="unsupported-layer", sentence="no")
    assert [check.name for check, outcome in refused.outcomes if outcome is Outcome.FAILED] == ["layers"]
    assert [check.name for check, outcome in refused.outcomes if outcome is Outcome.PASSED] == []
    read = replace(refused, sha256="ab" * 32)
    assert [check.name for check, outcome in read.outcomes if outcome is Outcome.PASSED] == ["file"]
    assert [check.name for check in checks_of("data")] == [
        "file",
        "limits",
        "format",
        "containment",
        "images",
        "labels",
        "image",
    ]
