"""Arrays kept in memory and arrays written to a file."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from core.cut.tensor_store import TensorStore, forget_pages


def is_mapped(array):
    return isinstance(array.base, np.memmap)


def test_memory_first_then_the_file():
    store = TensorStore(1000)
    small, large, late = np.arange(100, dtype=np.float32), np.arange(200, dtype=np.float32), np.ones(150, np.float32)
    assert store.keep(small) is small
    kept = store.keep(large)
    assert is_mapped(kept)
    np.testing.assert_array_equal(kept, large)
    assert store.keep(late) is late  # 600 bytes were left
    assert store.spilled_bytes >= 800


def test_what_is_kept_can_be_changed():
    kept = TensorStore(0).keep(np.zeros((3, 4), np.float32))
    kept[1] = 7
    forget_pages(kept)
    assert kept.tolist() == [[0] * 4, [7] * 4, [0] * 4]


def test_nothing_needs_no_room():
    empty = np.zeros((0, 5), np.float32)
    assert TensorStore(0).keep(empty) is empty


def test_several_threads_do_not_write_over_each_other():
    store = TensorStore(0)
    arrays = [np.full(5000 + k, k, np.float32) for k in range(40)]
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(store.keep, arrays))
    for array, other in zip(arrays, kept, strict=True):
        np.testing.assert_array_equal(array, other)


def test_an_array_in_memory_has_no_pages_to_forget():
    forget_pages(np.zeros(3))
