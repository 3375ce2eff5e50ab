"""Warnings that come with the open files."""

import pytest

from core.intake import cache
from gui.files import jobs
from gui.state.session import Session


def test_a_cache_folder_that_cannot_be_used_is_a_caution(qtbot: object, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()
    assert jobs.find_cautions(session, has_refit=True) == ()
    monkeypatch.setattr(cache, "notices", lambda: ("The cache folder cannot be used.",))
    assert jobs.find_cautions(session, has_refit=True) == ("The cache folder cannot be used.",)
