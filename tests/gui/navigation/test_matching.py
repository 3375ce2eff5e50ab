"""The fuzzy search of the command palette."""

import pytest

from gui.navigation.matching import match

TEXT = "File › Export: Curve and table as CSV…"


@pytest.mark.parametrize(("query", "matched"), [
    ("csv", "CSV"),
    ("CURVE", "Curve"),
    ("csv export", "ExportCSV"),  # words in any order
    ("ctcsv", "CtCSV"),
    ("", ""),
])  # fmt: skip
def test_what_fits(query: str, matched: str) -> None:
    found = match(query, TEXT)
    assert found is not None
    assert "".join(TEXT[place] for place in found.places) == matched


@pytest.mark.parametrize("query", ["xyz", "csv png", "vsc", "ccsvv"])
def test_what_does_not_fit(query: str) -> None:
    assert match(query, TEXT) is None


def score(query: str, text: str) -> float:
    found = match(query, text)
    assert found is not None
    return found.score


@pytest.mark.parametrize(("query", "better", "worse"), [
    ("run", "Prune: Run", "View: Prune"),  # a word's beginning before its middle
    ("run", "View: Prune", "Reconstruct under"),  # in one piece before scattered
    ("open", "Open", "Open the folder of a model"),  # the shorter one
])  # fmt: skip
def test_what_fits_better_comes_first(query: str, better: str, worse: str) -> None:
    assert score(query, better) > score(query, worse)


def test_letters_that_become_longer_do_not_shift_the_places() -> None:
    found = match("run", "İ: Run")
    assert found is None or "".join("İ: Run"[place] for place in found.places).lower() == "run"
