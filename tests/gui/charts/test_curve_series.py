"""The names of curves: short in the legend, whole where they are the titles of data."""

import pytest

from gui.charts.curve_series import history_series, series_of

LONG = "photographs_with_sunglasses_of_the_lab.h5"


@pytest.mark.parametrize("network", ["pruned", "repaired"])
def test_the_titles_of_data_name_the_files_in_full(network: str) -> None:
    made = series_of(network, poisoned_names=(LONG, "b.h5"), has_test=True)  # type: ignore[arg-type]
    asr = [each for each in made if each.key.startswith("asr")]
    assert [each.data_name for each in asr] == [f"ASR, {LONG}", "ASR, b.h5"]
    assert "…" in asr[0].name
    assert all(each.data_name for each in made)
    assert len({each.data_name for each in made}) == len(made)


def test_epochs_name_them_too() -> None:
    made = history_series(poisoned_names=(LONG, "b.h5"), has_test=False)
    assert f"ASR, {LONG}" in [each.data_name for each in made]
    only = history_series(poisoned_names=(LONG,), has_test=False)
    assert "ASR" in [each.data_name for each in only]
