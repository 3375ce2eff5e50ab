"""Which layer can stop reading single channels."""

from types import SimpleNamespace
from typing import Any

import pytest

from core.cut.readers import check_reader
from core.errors import LayerError


def test_several_layers_have_no_single_reader() -> None:
    layer: Any = SimpleNamespace(name="all", parts=("conv_1", "conv_2"), readers=())
    with pytest.raises(LayerError, match="leave reader out") as caught:
        check_reader(layer, "fc_1")
    assert caught.value.code == "no-such-reader"
