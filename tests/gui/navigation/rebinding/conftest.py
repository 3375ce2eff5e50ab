"""The table of shortcuts belongs to the program: what a test chose is forgotten after it."""

from collections.abc import Iterator

import pytest

from gui.keys.bindings import bindings


@pytest.fixture(autouse=True)
def usual_keys() -> Iterator[None]:
    """Give all actions their usual keys after a test."""
    yield
    bindings.take({})
