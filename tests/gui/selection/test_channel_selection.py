"""The selected channels of the window."""

import pytest
from PySide6.QtCore import QObject

from gui.selection.channel_selection import ChannelSelection


@pytest.fixture
def selection(qapp: QObject) -> ChannelSelection:
    del qapp
    return ChannelSelection()


def test_the_last_channel_is_shown_in_detail(selection: ChannelSelection) -> None:
    heard: list[tuple[int, ...]] = []
    selection.changed.connect(lambda: heard.append(selection.channels))
    assert selection.channel == -1
    selection.select("conv", (3, 5, 3))
    assert (selection.channels, selection.channel) == ((5, 3), 3)
    selection.select("conv", (5, 3))  # the same
    assert heard == [(5, 3)]


def test_channels_are_added_and_taken_out_but_the_last_one_stays(selection: ChannelSelection) -> None:
    selection.toggle("conv", 1)
    selection.toggle("conv", 2)
    assert selection.channels == (1, 2)
    selection.toggle("conv", 1)
    assert selection.channels == (2,)
    selection.toggle("conv", 2)
    assert selection.channels == (2,)
    selection.toggle("other", 7)  # of one layer at a time
    assert (selection.layer, selection.channels) == ("other", (7,))
    selection.clear()
    assert selection.channel == -1
