"""Settings that make no sense are refused."""

import pytest

from core.errors import PruningError
from core.order.anp_settings import AnpSettings


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("iterations", 0, 1),
        ("batch_size", 0, 1),
        ("learning_rate", 0.0, 0.2),
        ("learning_rate", float("nan"), 1.0),
        ("momentum", 1.0, 0.0),
        ("noise_limit", -0.1, 0.0),
        ("noise_steps", 0, 3),
        ("clean_weight", 1.1, 1.0),
        ("held_out_share", 0.6, 0.5),
        ("mask_threshold", 1.5, 0.2),
        ("seed", -1, 7),
    ],
)
def test_values_out_of_range_are_refused(name: str, wrong: float, right: float) -> None:
    with pytest.raises(PruningError, match=f"{name} must lie between") as refused:
        AnpSettings(**{name: wrong})
    assert refused.value.code == "mask-setting"
    assert getattr(AnpSettings(**{name: right}), name) == right
