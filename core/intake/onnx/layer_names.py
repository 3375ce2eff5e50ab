"""Names of layers, from the names that PyTorch and other exporters give to operators and weights."""

import re

from core.intake.onnx.graph_file import Node

_MADE_UP = re.compile(r"^(onnx::|_v_|val_|const)|^[0-9]+$")
_WEIGHT_ENDINGS = (".weight", ".bias", "/kernel", "/weights", "/ReadVariableOp")


def layer_name(node: Node) -> str:
    """Return what to name an operator's layer after: its module ("layer1.0.conv1"), else its own name."""
    weight = node.inputs[1] if len(node.inputs) > 1 else ""
    for ending in _WEIGHT_ENDINGS:
        if weight.endswith(ending) and not _MADE_UP.match(weight):
            return _joined(weight.removesuffix(ending).split("/"))
    kind = node.kind.rpartition("::")[2]
    parts = [part for part in node.name.split("/") if part]
    if len(parts) > 1 and parts[-1].partition("_")[0] == kind:
        # "/layer1/layer1.0/conv1/Conv_2": the module, and the number where one has several operators of a kind.
        number = parts[-1].partition("_")[2]
        return _joined(parts[:-1]) + (f"_{kind.lower()}_{number}" if number else "")
    return _joined(parts).removeprefix("node_") or kind.lower()


def _joined(parts: list[str]) -> str:
    """Join the names of nested modules; each may begin with the name around it."""
    joined: list[str] = []
    for part in parts:
        if joined and part.startswith(f"{joined[-1]}."):
            joined[-1] = part
        else:
            joined.append(part)
    return ".".join(joined)
