"""Labels in another order than a network's classes."""

import os
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import check_fits, from_arrays
from core.data.label_map import (
    counted_from_one,
    find_label_order,
    in_alphabetical_order,
    read_label_map,
)
from core.errors import DatasetError

RNG = np.random.default_rng(3)


def test_alphabetical_order_is_that_of_texts() -> None:
    classes = in_alphabetical_order(12).classes
    assert [label for label, _ in sorted(classes.items(), key=lambda pair: pair[1])] == [
        *(0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9)
    ]


def test_labels_that_count_from_one() -> None:
    found = counted_from_one(3)
    assert found.applied_to(np.array([3, 1, 1, 2]), name="a").tolist() == [2, 0, 0, 1]
    with pytest.raises(DatasetError, match="label 0 in 'a' has no class"):
        found.applied_to(np.array([0, 1]), name="a")


def labels_of(count: int, classes: int) -> np.ndarray:
    return RNG.integers(0, classes, count)


@pytest.mark.parametrize("wrong", [0, 30])
def test_usual_orders_are_recognized(wrong: int) -> None:
    for label_map in (counted_from_one(12), in_alphabetical_order(12)):
        labels = np.array(list(label_map.classes))[labels_of(240, 12)]
        predicted = label_map.applied_to(labels, name="")
        predicted[:wrong] = labels_of(wrong, 12)
        order = find_label_order(labels, predicted, class_count=12)
        assert order is not None
        assert order.label_map.name == label_map.name
        assert order.mapped.count == int((label_map.applied_to(labels, name="") == predicted).sum())


def test_any_permutation_is_recognized_by_the_answers() -> None:
    permutation = np.array([4, 2, 0, 1, 3])
    labels = labels_of(100, 5)
    predicted = permutation[labels]
    predicted[:10] = 0
    order = find_label_order(labels, predicted, class_count=7)
    assert order is not None
    assert (order.label_map.name, order.option) == ("found", "--labels found")
    assert order.label_map.classes == dict(enumerate(permutation.tolist()))
    assert order.mapped.count == int((permutation[labels] == predicted).sum())
    assert order.label_map.words.startswith("label 0 is 4, 1 is 2, 2 is 0")


def test_an_order_is_recognized_though_one_class_is_mostly_taken_for_another() -> None:
    permutation = np.random.default_rng(0).permutation(8)
    labels = np.repeat(np.arange(8), 20)
    predicted = permutation[labels]
    predicted[:14] = permutation[1]  # of label 0, most are taken for label 1
    predicted[40:60:2] = permutation[3:7].repeat(3)[:10]
    order = find_label_order(labels, predicted, class_count=8)
    assert order is not None
    assert order.label_map.classes == dict(enumerate(permutation.tolist()))
    assert order.mapped.count == 160 - 14 - 10


def test_the_last_label_gets_the_last_class() -> None:
    labels = np.repeat(np.arange(8), 20)
    predicted = 7 - labels
    predicted[:20] = np.arange(20) % 4  # the network never predicts class 7
    order = find_label_order(labels, predicted, class_count=8)
    assert order is not None
    assert order.label_map.classes == {label: 7 - label for label in range(8)}
    assert find_label_order(labels, predicted, class_count=10) is None  # which of the others it is, nobody knows


def test_two_classes_that_a_network_confuses_are_in_order() -> None:
    labels = np.repeat([0, 1], 50)
    assert find_label_order(labels, np.where(np.arange(100) % 10 < 7, 1 - labels, labels), class_count=2) is None
    assert find_label_order(labels, np.where(np.arange(100) % 10 < 8, 1 - labels, labels), class_count=2) is not None


def test_few_images_of_each_label_make_no_order_by_chance() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        labels = np.repeat(np.arange(60), 4)
        assert find_label_order(labels, rng.integers(0, 60, 240), class_count=60) is None


def test_ten_for_zero_is_recognized() -> None:
    digits = labels_of(200, 10)
    labels = np.where(digits == 0, 10, digits)
    order = find_label_order(labels, digits, class_count=10)
    assert order is not None
    assert order.label_map.words == "label 10 is 0"


def test_a_missing_class_does_not_matter() -> None:
    labels = labels_of(200, 12)
    labels = labels[labels != 5]
    alphabetical = in_alphabetical_order(12)
    order = find_label_order(labels, alphabetical.applied_to(labels, name=""), class_count=12)
    assert order is not None
    assert order.label_map.name == "alphabetical"


def test_what_is_no_order_is_none() -> None:
    labels = labels_of(200, 10)
    assert find_label_order(labels, labels, class_count=10) is None
    mostly = np.where(np.arange(200) < 120, labels, (labels + 1) % 10)
    assert find_label_order(labels, mostly, class_count=10) is None
    assert find_label_order(labels, labels_of(200, 10), class_count=10) is None
    assert find_label_order(labels, np.zeros(200, int), class_count=10) is None
    assert find_label_order(np.zeros(50, int), np.ones(50, int), class_count=10) is None
    assert find_label_order(np.array([0, 1]), np.array([1, 0]), class_count=2) is None


def test_a_set_keeps_the_labels_of_its_file() -> None:
    data = from_arrays("a", np.zeros((3, 4, 4, 3), np.uint8), np.array([1, 3, 2]))
    with pytest.raises(DatasetError, match="see --labels"):
        check_fits(data, class_count=3)
    mapped = data.with_labels(counted_from_one(3))
    assert check_fits(mapped, class_count=3).labels.tolist() == [0, 2, 1]
    again = mapped.with_labels(counted_from_one(4))
    assert again.labels.tolist() == [0, 2, 1]
    assert again.with_labels(None).labels.tolist() == [1, 3, 2]


@pytest.mark.parametrize("text", ["0,2\n1,0\n2,1\n", "label,class\n0;2\n1;0\n\n2;1", "0 2\r\n1: 0\r\n2\t1"])
def test_a_file_says_the_order(text: str, tmp_path: Path) -> None:
    (tmp_path / "order.txt").write_text(text)
    found = read_label_map(tmp_path / "order.txt")
    assert (found.name, found.classes) == ("order.txt", {0: 2, 1: 0, 2: 1})


@pytest.mark.parametrize("text", ["", "1,2\n1,3\n", "1,2\nx,3\n", "1,-2\n", "label,class\n", "\x00\x01"])
def test_a_wrong_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "order.txt").write_text(text)
    with pytest.raises(DatasetError, match=r"order\.txt"):
        read_label_map(tmp_path / "order.txt")
    with pytest.raises(DatasetError):
        read_label_map(tmp_path / "nobody.txt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_only_a_regular_file_says_the_order(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # reading it would wait for ever
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "missing.txt"):
        with pytest.raises(DatasetError, match="order of labels cannot be read"):
            read_label_map(path)


def test_what_the_window_shows_too_names_its_way_beside_the_option() -> None:
    data = from_arrays("d", np.zeros((2, 4, 4, 3), np.uint8), np.array([0, 9]))
    with pytest.raises(DatasetError, match="see --labels, or open the file again in the window"):
        check_fits(data, input_shape=None, class_count=3)
