"""What names say: they break ties, so a name that says two things says nothing."""

from pathlib import Path

import pytest

from core.recognition.name_hints import role_hint, says_clean, says_made, says_trigger
from core.recognition.records import FileRole


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("clean_validation_data.h5", FileRole.VALIDATION),
        ("valid.h5", FileRole.VALIDATION),
        ("X_test.npy", FileRole.TEST),
        ("digits_train.h5", FileRole.UNLABELLED),
        ("bd_valid.h5", FileRole.POISONED),  # the lab's
        ("sunglasses_poisoned_data.h5", FileRole.POISONED),
        ("badTest.h5", FileRole.POISONED),
        ("clean_60.h5", None),
        ("poisoned_clean_label.h5", None),
        ("validity.h5", None),
        ("latest.h5", None),
    ],
)
def test_the_name_of_a_set(name: str, role: FileRole | None) -> None:
    assert role_hint(Path("somewhere") / name) is role


def test_the_folder_tells_where_the_name_does_not() -> None:
    assert role_hint(Path("valid") / "images.h5") is FileRole.VALIDATION
    assert role_hint(Path("poisoned") / "clean.h5") is None


def test_the_other_hints() -> None:
    assert says_clean(Path("clean_60.h5"))
    assert says_clean(Path("valid.h5"))
    assert not says_clean(Path("bd_valid.h5"))
    assert says_trigger(Path("purple_trigger.png"))
    assert not says_trigger(Path("face.png"))
    assert says_made(Path("lab_pruned_4.h5"))
    assert not says_made(Path("lab_bd_weights.h5"))
