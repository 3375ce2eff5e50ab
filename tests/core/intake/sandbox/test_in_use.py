"""The sandbox of all files that were read, in reports too."""

import pytest

from core.intake.sandbox import in_use
from core.intake.sandbox.lock import offered
from core.intake.sandbox.state import FILES, SandboxState


@pytest.fixture(autouse=True)
def none_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_use, "_states", set())


def test_before_a_file_is_read_it_is_what_the_system_offers() -> None:
    assert in_use.sandbox_state() == offered()


def test_the_weakest_of_all_files_counts() -> None:
    in_use.note(SandboxState(((FILES, "on"),)))
    assert in_use.sandbox_state().sentence == "on"
    in_use.note(SandboxState(((FILES, "not here"),)))
    in_use.note(SandboxState(((FILES, "on"),)))
    assert in_use.sandbox_state().sentence == "off, files: not here"
