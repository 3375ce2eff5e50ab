"""What a model file is by its content: a format that is read, or something else, named with what to do about it."""

import json
import re
from collections.abc import Callable
from typing import BinaryIO

from core.intake.exchange import VERSION_PATTERN
from core.intake.readers.archive import entry_names
from core.intake.readers.download import refuse_failed_download
from core.intake.refusal import Refusal
from core.intake.savedmodel.joined_parts import SIGNATURE
from core.intake.source import HDF5_SIGNATURE, ZIP_SIGNATURE, is_onnx_start, is_tflite_start

_TORCH_PICKLE = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
_PICKLE = re.compile(rb"\x80[\x01-\x05]")
_SHARD = re.compile(r"(?:group\d+-)?shard\d+of\d+(?:\.bin)?$")
_TORCH = (
    "export it to ONNX where it was made, with the size of its images (torch.onnx.export(model.eval(), "
    "torch.zeros(1, 3, 32, 32), 'network.onnx', external_data=False)), and open that"
)
_TFJS = (
    "open the Keras model that it was made from, or convert it back "
    "(tensorflowjs_converter --input_format=tfjs_layers_model --output_format=keras model.json network.h5)"
)


def model_format(start: bytes, name: str) -> str:
    """Return the format that a file is read as: "saved-model", "zip", "tflite", "onnx", or else "hdf5".

    Args:
        start: the first `START_BYTES` bytes of the file.
        name: the file's name, which tells an ONNX file that begins unusually.
    """
    if start.startswith(SIGNATURE):
        return "saved-model"
    if start.startswith(ZIP_SIGNATURE):
        return "zip"
    if start.startswith(HDF5_SIGNATURE):
        return "hdf5"
    if is_tflite_start(start):
        return "tflite"
    if is_onnx_start(start) or name.lower().endswith(".onnx"):
        return "onnx"
    return "hdf5"


def foreign_reader(kind: str) -> Callable[..., dict[str, object]] | None:
    """Return the function that reads a model of a format that is not Keras's own; None if it is.

    It imports the code of that format alone, so that the others cost nothing.

    Args:
        kind: what `model_format` returns.
    """
    if kind == "onnx":
        from core.intake.onnx.onnx_reader import read_onnx  # noqa: PLC0415 - see above

        return read_onnx
    if kind == "saved-model":
        from core.intake.savedmodel.saved_model_reader import read_saved_model  # noqa: PLC0415 - see above

        return read_saved_model
    if kind == "tflite":
        from core.intake.tflite.tflite_reader import read_tflite  # noqa: PLC0415 - see above

        return read_tflite
    return None


def refuse_other_content(file: BinaryIO, start: bytes, name: str, *, size_bytes: int) -> None:
    """Refuse what people take for a model file, and say what it is and what to do; the file is at its start afterwards.

    Args:
        file: the file.
        start: its first `START_BYTES` bytes.
        name: its name.
        size_bytes: its size.

    Raises:
        Refusal: `wrong-format` or `missing-weights`.
    """
    if start.startswith(SIGNATURE):
        return
    refuse_failed_download(start, name)
    if start.startswith(ZIP_SIGNATURE):
        _refuse_other_archive(entry_names(file), name)
        file.seek(0)
    elif start.startswith(_TORCH_PICKLE):
        raise Refusal("wrong-format", f"'{name}' is a PyTorch file, a pickle that is never opened: {_TORCH}")
    elif _PICKLE.match(start):
        raise Refusal(
            "wrong-format",
            f"'{name}' is a Python pickle, which can run any code and is never opened: load it where it was made, and "
            "save the network as .keras or .onnx",
        )
    elif _is_safetensors(start, size_bytes):
        raise Refusal(
            "wrong-format",
            f"'{name}' is a safetensors file, weights without their network: load it into its network where it was "
            "made, and save that as .keras, or export it to ONNX",
        )
    elif start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        _refuse_json(start, name)
    elif _SHARD.search(name.lower()):
        raise Refusal("wrong-format", f"'{name}' is a part of a TensorFlow.js network's weights: {_TFJS}")
    elif name.lower().endswith(".pb"):
        raise Refusal(
            "wrong-format",
            f"'{name}' is a TensorFlow graph without a whole description of Keras layers beside it "
            "(keras_metadata.pb): load it where it was made, save it as one .keras file (model.save('network.keras')), "
            "and open that",
        )


def _refuse_other_archive(entries: list[str], name: str) -> None:
    if any(entry.endswith("/data.pkl") or entry == "data.pkl" for entry in entries):
        is_script = any("/code/" in entry or entry.startswith("code/") for entry in entries)
        found = "a TorchScript file" if is_script else "a PyTorch file with a pickle in it, which is never opened"
        raise Refusal("wrong-format", f"'{name}' is {found}: {_TORCH}")
    if entries and all(entry.endswith(".npy") for entry in entries):
        raise Refusal("wrong-format", f"'{name}' is an archive of NumPy arrays, not a network: open it as data instead")
    last = [entry.rpartition("/")[2] for entry in entries]
    if "saved_model.pb" in last:
        raise Refusal(
            "wrong-format",
            f"'{name}' is a TensorFlow SavedModel in a zip archive: load it where it was made, save it as one "
            ".keras file (model.save('network.keras')), and open that",
        )
    if "config.json" not in entries and any(
        entry.lower().endswith((".keras", ".h5", ".onnx", ".tflite")) for entry in last
    ):
        raise Refusal(
            "wrong-format", f"'{name}' is a zip archive with a network in it: unpack it, and open the network"
        )


def _refuse_json(start: bytes, name: str) -> None:
    text = start.decode("utf-8", "ignore")
    if "weightsManifest" in text or "modelTopology" in text or '"layers-model"' in text or '"graph-model"' in text:
        raise Refusal("wrong-format", f"'{name}' belongs to a TensorFlow.js network: {_TFJS}")
    if '"class_name"' in text:
        raise Refusal(
            "missing-weights",
            f"'{name}' describes a network without its weights: open the weights' file (.weights.h5 or .h5), with this "
            "file beside it under the same name",
        )


def _is_safetensors(start: bytes, size_bytes: int) -> bool:
    """Tell whether a file begins with the length of a JSON header and that header."""
    length = int.from_bytes(start[:8], "little")
    if len(start) < 10 or not 2 <= length <= size_bytes - 8 or start[8:9] != b"{":
        return False
    header = start[8 : 8 + length]
    if b'"dtype"' in header or b'"__metadata__"' in header:
        return True
    try:
        return json.loads(header) == {}
    except ValueError:
        return False


def known_version(text: str) -> str:
    """Return the version of Keras that a file names; empty if it is no version, since a file may say anything."""
    return text if re.fullmatch(VERSION_PATTERN, text) else ""
