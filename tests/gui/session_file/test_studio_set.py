"""A set of the studio comes back from a saved session as what it is."""

from pathlib import Path

import numpy as np
import pytest

from core.data.stamped import stamped_set
from core.data.trigger_design.design import square_design
from core.words import stamped_name
from gui.session_file.jobs import SavePlan
from gui.state.session import Role
from tests.gui.real_windows import Opener, open_demo_files, open_saved, save

pytestmark = pytest.mark.slow


def test_it_is_still_no_estimate(demo: Path, tmp_path: Path, open_real: Opener) -> None:
    first = open_real()
    open_demo_files(first, demo)
    session = first.wiring.session
    validation = session.validation
    assert validation is not None
    height, width, _ = validation.image_shape
    trigger = square_design(height, width, (255, 200, 0)).trigger(height, width)
    made = stamped_set(validation, trigger, 3, scale=session.scale, is_reconstructed=False)
    session.put_set(Role.POISONED, made)
    path = tmp_path / "studio.zip"
    save(first.wiring, first, SavePlan(path))
    second = open_real()
    open_saved(second, path)
    found = second.wiring.session.poisoned[-1]
    assert found.name == stamped_name(validation.name, 3)
    assert found.is_stamped
    assert not found.is_estimated
    np.testing.assert_array_equal(np.asarray(found.images[:4]), np.asarray(made.images[:4]))
    np.testing.assert_array_equal(found.labels, made.labels)
