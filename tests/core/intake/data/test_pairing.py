"""Which arrays of a file are taken as images and labels."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from core.data.dataset import Dataset, open_dataset
from core.errors import DatasetError, KeyChoiceError
from core.intake.data.choice import DataChoice
from core.scale import Scale

RNG = np.random.default_rng(5)
X = RNG.integers(0, 256, (20, 6, 5, 3)).astype(np.uint8)
Y = np.arange(20) % 7
X2, Y2 = X[::-1].copy(), (np.arange(20) + 3) % 7


def written(path: Path, **arrays: Any) -> Path:
    with h5py.File(path, "w") as file:
        for key, values in arrays.items():
            file[key.replace("__", "/")] = values
    return path


def opened(path: Path, **choice: Any) -> Dataset:
    return open_dataset(path, choice=DataChoice(**choice))


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("x", "y"),
        ("images", "labels"),
        ("test_set_x", "test_set_y"),
        ("X", "Y"),
        ("anything", "else"),
        ("set__pictures", "set__classes"),
        ("testX", "testY"),
    ],
)
def test_the_only_images_with_labels_are_taken(images: str, labels: str, tmp_path: Path) -> None:
    data = opened(written(tmp_path / "a.h5", **{images: X, labels: Y, "list_classes": np.array([b"cat", b"dog"])}))
    assert data.keys == (images.replace("__", "/"), labels.replace("__", "/"))
    assert np.array_equal(data.images, X)
    assert data.labels.tolist() == Y.tolist()
    assert f"'{data.keys[0]}'" in data.notes[0]


@pytest.mark.parametrize("labels", [Y, Y[:, None], Y[None], np.eye(7)[Y], Y.astype("f4"), Y.astype("u1")])
def test_labels_of_any_form_are_read(labels: np.ndarray, tmp_path: Path) -> None:
    assert opened(written(tmp_path / "a.h5", x=X, y=labels)).labels.tolist() == Y.tolist()


@pytest.mark.parametrize(
    ("stored", "order"),
    [
        (X, "(N, H, W, C)"),
        (X.transpose(0, 3, 1, 2), "(N, C, H, W)"),
        (X.transpose(1, 2, 3, 0), "(H, W, C, N)"),
        (X.transpose(3, 1, 2, 0), "(C, H, W, N)"),
    ],
)
def test_the_order_of_the_axes_is_found_and_told(stored: np.ndarray, order: str, tmp_path: Path) -> None:
    data = opened(written(tmp_path / "a.h5", x=stored, y=Y))
    assert np.array_equal(data.images, X)
    assert data.notes[0].endswith(f"read as {order}.")


@pytest.mark.parametrize(("order", "axes"), [((0, 2, 1, 3), "(N, W, H, C)"), ((0, 3, 2, 1), "(N, C, W, H)")])
def test_height_and_width_are_exchanged_where_a_network_needs_it(
    order: tuple[int, ...], axes: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.h5", x=X.transpose(*order), y=Y)
    data = open_dataset(path, input_shape=(6, 5, 3))
    assert np.array_equal(np.asarray(data.images), X)
    assert np.array_equal(data.rows([4, 2], scale=Scale.RAW), X[[4, 2]])
    assert axes in data.notes[0]


def test_grey_images_and_those_counted_by_the_last_axis(tmp_path: Path) -> None:
    grey = X[..., 0]
    assert np.array_equal(opened(written(tmp_path / "a.h5", x=grey, y=Y)).images[..., 0], grey)
    last = opened(written(tmp_path / "b.h5", x=grey.transpose(1, 2, 0), y=Y))
    assert np.array_equal(last.images[..., 0], grey)


def test_names_pair_images_with_the_labels_of_the_same_part(tmp_path: Path) -> None:
    path = written(tmp_path / "a.h5", X_train=X, Y_train=np.eye(7)[Y], X_test=X2.astype("f4"), Y_test=np.eye(7)[Y2])
    data = opened(path)
    assert data.keys == ("X_test", "Y_test")
    assert data.labels.tolist() == Y2.tolist()
    assert [(pair.data_key, pair.label_key) for pair in data.pairs] == [("X_test", "Y_test"), ("X_train", "Y_train")]
    assert "'X_train' with 'Y_train'" in data.notes[1]
    assert opened(path, data_key="X_train").labels.tolist() == Y.tolist()
    assert opened(path, label_key="Y_train").keys == ("X_train", "Y_train")
    crossed = opened(path, data_key="X_train", label_key="Y_test")
    assert crossed.labels.tolist() == Y2.tolist()


def test_the_part_that_is_wanted_is_preferred(tmp_path: Path) -> None:
    sets = {f"{part}/{name}": value for part in ("train", "val", "test") for name, value in (("x", X), ("y", Y))}
    path = written(tmp_path / "a.h5", **{key.replace("/", "__"): value for key, value in sets.items()})
    assert opened(path, part="validation").keys == ("val/x", "val/y")
    assert opened(path, part="test").keys == ("test/x", "test/y")
    assert opened(path).keys == ("test/x", "test/y")


def test_a_person_chooses_where_the_rules_do_not_tell(tmp_path: Path) -> None:
    path = written(tmp_path / "a.h5", left_x=X, left_y=Y, right_x=X2, right_y=Y2)
    with pytest.raises(KeyChoiceError) as caught:
        opened(path)
    assert caught.value.code == "choose-keys"
    assert "'left_x with left_y' and 'right_x with right_y'" in str(caught.value)
    assert [pair.data_key for pair in caught.value.pairs] == ["left_x", "right_x"]
    assert opened(path, data_key="right_x").labels.tolist() == Y2.tolist()


def test_a_key_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"there is no 'z' in 'a\.h5': it contains 'x' and 'y'"):
        opened(written(tmp_path / "a.h5", x=X, y=Y), data_key="z")


def test_what_cannot_be_labels_is_not_taken(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.h5",
        features=X,
        labels=Y,
        coords=RNG.uniform(0, 9, (20, 4)),
        sizes=np.full((20, 2), 15),
        weights=np.full(20, 0.5),
    )
    assert opened(path).keys == ("features", "labels")
    fine = written(tmp_path / "b.h5", data=X, fine_labels=Y, coarse_labels=Y // 2)
    assert opened(fine).keys == ("data", "fine_labels")


def test_own_keys_come_first(tmp_path: Path) -> None:
    data = opened(written(tmp_path / "a.h5", data=X, label=Y, masks=X2))
    assert (data.keys, data.pairs, data.notes) == (("data", "label"), (), ())


def test_images_alone_need_no_labels(tmp_path: Path) -> None:
    path = written(tmp_path / "a.h5", faces=X, names=np.array([b"a"] * 20))
    assert np.array_equal(open_dataset(path, has_labels=False).images, X)
    both = written(tmp_path / "b.h5", left=X, right=X2)
    with pytest.raises(KeyChoiceError):
        open_dataset(both, has_labels=False)
    assert np.array_equal(open_dataset(both, has_labels=False, choice=DataChoice(data_key="right")).images, X2)


def test_each_choice_has_its_own_place_in_the_cache(tmp_path: Path) -> None:
    path = written(tmp_path / "a.h5", X_train=X, Y_train=Y, X_test=X2, Y_test=Y2)
    for _ in range(2):
        assert np.array_equal(opened(path, data_key="X_train").images, X)
        assert np.array_equal(opened(path).images, X2)
