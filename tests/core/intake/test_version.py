"""A file that was read by older rules is not shown again: the version of the cache changes with the rules."""

import hashlib
from pathlib import Path

from core.intake.exchange import INTAKE_VERSION

ROOT = Path(__file__).resolve().parents[3]
# The digest of the source that reads files, by the version that it belongs to.
DIGESTS = {12: "0f3f17728d2ce5f6994028269a7c26298b8978a825544e4053d4b7392f5b84fb"}


def digest() -> str:
    """Return the SHA-256 of all lines that read files, without comments and empty lines."""
    made = hashlib.sha256()
    folders = ("model", "names", "readers")
    for path in sorted(path for each in folders for path in ROOT.glob(f"core/intake/{each}/**/*.py")):
        made.update(path.relative_to(ROOT).as_posix().encode() + b"\n")
        for line in path.read_text("utf-8").splitlines():
            if line.strip() and not line.strip().startswith("#"):
                made.update(line.rstrip().encode() + b"\n")
    return made.hexdigest()


def test_a_change_of_the_reading_rules_has_a_version_of_its_own() -> None:
    expected, got = DIGESTS.get(INTAKE_VERSION), digest()
    assert expected == got, (
        "The source in core/intake/model or core/intake/readers changed. If any file may now be read otherwise, or be "
        "refused, increase INTAKE_VERSION in core/intake/exchange.py: else the cache answers by the old rules. Then "
        f'write DIGESTS = {{{INTAKE_VERSION}: "{got}"}} in this test, with the new version.'
    )
