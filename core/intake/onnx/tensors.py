"""Arrays of constants in an ONNX file.

Source: onnx/onnx.proto, message TensorProto, of the Open Neural Network Exchange (github.com/onnx/onnx).
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from core.intake.refusal import Refusal, shortened
from core.intake.wire.protobuf import Message

Array = npt.NDArray[Any]

# Fields of TensorProto.
_DIMS, _DATA_TYPE, _FLOAT_DATA, _INT32_DATA, _INT64_DATA = 1, 2, 4, 5, 7
_NAME, _RAW_DATA, _DOUBLE_DATA, _UINT64_DATA, _EXTERNAL_DATA, _DATA_LOCATION = 8, 9, 10, 11, 13, 14
_STRING_DATA = 6
_BFLOAT16 = 16
# TensorProto.DataType, by the dtypes that are read.
_DTYPES: dict[int, str] = {
    1: "<f4", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", 11: "<f8", 12: "<u4",
    13: "<u8", _BFLOAT16: "<u2",
}  # fmt: skip
_TYPED_FIELDS = {1: _FLOAT_DATA, 7: _INT64_DATA, 11: _DOUBLE_DATA, 12: _UINT64_DATA, 13: _UINT64_DATA}
FLOAT_TYPES = frozenset({1, 10, 11, _BFLOAT16})


def tensor_name(tensor: Message) -> str:
    """Return the name of a TensorProto."""
    return tensor.text(_NAME)


def refuse_external(tensor: Message, file_name: str) -> None:
    """Refuse an array whose values are in another file.

    Raises:
        Refusal: `external-data`.
    """
    if tensor.has(_EXTERNAL_DATA) or tensor.integer(_DATA_LOCATION) == 1:
        raise Refusal(
            "external-data",
            f"'{file_name}' keeps its weights in another file, which is not read: put them into the file itself "
            "(torch.onnx.export(…, external_data=False), or onnx.save_model(onnx.load('network.onnx'), 'one.onnx'))",
        )


def read_tensor(tensor: Message, *, file_name: str, largest_bytes: int) -> Array:
    """Return the values of a TensorProto; a view of the file's bytes where they can be used as they are.

    Raises:
        Refusal: `external-data`, `unsafe-type`, `file-too-large` or `damaged-file`.
    """
    refuse_external(tensor, file_name)
    kind, name = tensor.integer(_DATA_TYPE), shortened(tensor_name(tensor))
    if kind not in _DTYPES or tensor.has(_STRING_DATA):
        raise Refusal("unsafe-type", f"the array '{name}' in '{file_name}' does not contain plain numbers")
    dims = tensor.integers(_DIMS)
    dtype = np.dtype(_DTYPES[kind])
    if len(dims) > 8 or any(length < 0 for length in dims):
        raise Refusal("damaged-file", f"the array '{name}' in '{file_name}' has an impossible shape")
    count = math.prod(dims)
    if count * dtype.itemsize > largest_bytes:
        raise Refusal("file-too-large", f"the array '{name}' in '{file_name}' claims {count:,} numbers")
    if tensor.has(_RAW_DATA):
        raw = tensor.part(_RAW_DATA)
        if len(raw) != count * dtype.itemsize:
            raise _misfit(name, file_name, count)
        values = np.frombuffer(raw, dtype)
    else:
        values = _typed(tensor, kind, dtype)
        if len(values) != count:
            raise _misfit(name, file_name, count)
    if kind == _BFLOAT16:
        values = (values.astype("<u4") << 16).view("<f4")
    return values.reshape(dims)


def _typed(tensor: Message, kind: int, dtype: np.dtype[Any]) -> Array:
    field = _TYPED_FIELDS.get(kind, _INT32_DATA)
    if field in (_FLOAT_DATA, _DOUBLE_DATA):
        parts = tensor.values(field)
        if len(parts) == 1 and isinstance(parts[0], memoryview):
            if len(parts[0]) % dtype.itemsize:
                raise tensor.damaged()
            return np.frombuffer(parts[0], dtype)
        return np.array(tensor.floats(field) if field == _FLOAT_DATA else [], dtype)
    integers = tensor.integers(field)
    if kind in (10, _BFLOAT16):
        return np.array(integers, np.int64).astype("<u2").view(dtype)
    return np.array(integers, np.int64).astype(dtype)


def _misfit(name: str, file_name: str, count: int) -> Refusal:
    return Refusal("damaged-file", f"the array '{name}' in '{file_name}' must have {count:,} numbers, got others")
