"""Layers and nested networks that are called several times: one entry for each call, before the entries are checked.

Everything behind the intake knows layers that are called once. So each further call becomes a layer of its own, with
the same settings and the same weights, which answers the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.intake.model.graph.operations import is_operation
from core.intake.refusal import Refusal, shortened

_MOST_CALLS = 64
_DEEPEST = 64
_NETWORKS = {"Functional", "Model", "Sequential"}

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Shared:
    """A layer that is called several times.

    Attributes:
        names: the name of each of its calls; the first one is its own.
        is_functional, is_network: whether it is a nested network, and whether it is a functional one.
    """

    names: tuple[str, ...]
    is_functional: bool
    is_network: bool


class SeparateCalls:
    """The entries of a functional network, with each call of a layer as an entry of its own.

    Args:
        entries: the entries as in the file.
        is_keras_2: whether Keras 2 wrote the file.

    Raises:
        Refusal: `unsupported-network`, if a layer is called too often.
    """

    def __init__(self, entries: Sequence[Any], *, is_keras_2: bool) -> None:
        self._entries, self._is_keras_2 = entries, is_keras_2
        self._shared = _shared(entries)

    def entries(self) -> Iterator[tuple[Any, str]]:
        """Yield each entry, and for each further call of a layer the layer's name; else an empty text."""
        if not self._shared:
            yield from ((entry, "") for entry in self._entries)
            return
        for entry in self._entries:
            found = self._shared.get(entry["name"]) if _is_named(entry) else None
            if found is None:
                is_readable = isinstance(entry, dict) and "inbound_nodes" in entry
                yield (self._with_nodes(entry, entry["inbound_nodes"]) if is_readable else entry), ""
                continue
            for call, name in enumerate(found.names):
                one = self._with_nodes(entry, [entry["inbound_nodes"][call]])
                if call:
                    config = one.get("config")
                    one |= {"name": name, "config": {**config, "name": name} if isinstance(config, dict) else config}
                    # It says what Keras builds the layer for, which is what the first call reads.
                    one.pop("build_config", None)
                yield one, entry["name"] if call else ""

    def ends(self, value: Any) -> Any:
        """Return the inputs or outputs of the network, as in the file, with the calls that they name."""
        if not self._shared:
            return value
        # At the ends a nested network counts as its own first call; in Keras 3 not a Sequential one.
        firsts = {
            name: int(found.is_functional or (found.is_network and self._is_keras_2))
            for name, found in self._shared.items()
        }
        return self._renamed(value, firsts, is_end=True)

    def _with_nodes(self, entry: Entry, nodes: Any) -> Entry:
        # Keras 2 counts a nested network itself as its first call.
        firsts = {name: int(found.is_network and self._is_keras_2) for name, found in self._shared.items()}
        return {**entry, "inbound_nodes": self._renamed(nodes, firsts, is_end=False)}

    def _renamed(self, value: Any, firsts: Mapping[str, int], *, is_end: bool, depth: int = 0) -> Any:
        """Return a value in which `["name", 1, 0]` names the entry of that call; what is no such place stays."""
        if depth > _DEEPEST:
            return value
        if isinstance(value, dict):
            return {key: self._renamed(each, firsts, is_end=is_end, depth=depth + 1) for key, each in value.items()}
        if not isinstance(value, list):
            return value
        if len(value) in (3, 4) and isinstance(value[0], str) and value[0] in self._shared and type(value[1]) is int:
            first, names = firsts[value[0]], self._shared[value[0]].names
            if first <= value[1] < first + len(names):
                rest = [self._renamed(each, firsts, is_end=is_end, depth=depth + 1) for each in value[2:]]
                return [names[value[1] - first], first if is_end else 0, *rest]
        return [self._renamed(each, firsts, is_end=is_end, depth=depth + 1) for each in value]


def _shared(entries: Sequence[Any]) -> dict[str, _Shared]:
    used = {entry["name"] for entry in entries if _is_named(entry)}
    found: dict[str, _Shared] = {}
    for entry in entries:
        nodes = entry.get("inbound_nodes") if _is_named(entry) else None
        if not isinstance(nodes, list) or len(nodes) < 2 or is_operation(entry) or entry["name"] in found:
            continue
        name = entry["name"]
        if len(nodes) > _MOST_CALLS:
            raise Refusal(
                "unsupported-network",
                f"layer '{shortened(name)}' is called {len(nodes):,} times: at most {_MOST_CALLS} are allowed",
            )
        names = [name]
        for call in range(2, len(nodes) + 1):
            candidate = f"{name}_call_{call}"
            while candidate in used:
                candidate += "_"
            used.add(candidate)
            names.append(candidate)
        class_name = entry.get("class_name")
        found[name] = _Shared(
            tuple(names),
            is_functional=class_name in {"Functional", "Model"},
            is_network=isinstance(class_name, str) and class_name in _NETWORKS,
        )
    return found


def _is_named(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("name"), str)
