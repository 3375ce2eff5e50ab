"""The record of what screening found in a file."""

from dataclasses import dataclass
from pathlib import Path

from core.screen.checks import FILE, Check, Outcome, checks_of

CAUTION = "The checks show that a file is safe to open, not that a network has no backdoor."
STATEMENT = "No network was used, and nothing in a file was executed."


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What was checked in a file, and what was found.

    Attributes:
        path: the file.
        kind: what it was read as: "model", "data", "image" or "results".
        size_bytes: its size; None if it could not be opened.
        sha256: its SHA-256 in hexadecimal; None if it could not be read.
        code: why it was refused, a key of `core.intake.codes.CODES`; empty if it opens.
        sentence: the same as a sentence; empty if it opens.
        facts: what it contains, as pairs of a name and a value; empty if it was refused.
        sandbox: the sandbox that it was read in, in words; empty if it was not read.
    """

    path: Path
    kind: str
    size_bytes: int | None = None
    sha256: str | None = None
    code: str = ""
    sentence: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    sandbox: str = ""

    @property
    def is_opened(self) -> bool:
        """Whether the file passed all checks."""
        return not self.code

    @property
    def outcomes(self) -> tuple[tuple[Check, Outcome], ...]:
        """All checks of this kind of file, each with what it came to."""
        return tuple((check, self._outcome(check)) for check in checks_of(self.kind))

    def _outcome(self, check: Check) -> Outcome:
        if self.is_opened:
            return Outcome.PASSED
        if self.code in check.codes:
            return Outcome.FAILED
        return Outcome.PASSED if check is FILE and self.sha256 is not None else Outcome.NOT_COMPLETED
