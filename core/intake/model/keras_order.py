"""The order of a functional network's layers in Keras (`model.layers`), in which it binds weights to layers.

Keras computes it from the graph and not from the file: layers further from the output come first, those equally far in
the order in which a depth-first walk from the output meets them. Source: `keras.src.ops.function.map_graph`, Keras 3;
`_map_graph_network` of Keras 2 gives the same order.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from core.intake.refusal import Refusal, listed, shortened


class Member(Protocol):
    """A layer or a nested network of a functional network."""

    name: str
    inputs: list[str]
    shares: str


M = TypeVar("M", bound=Member)


def in_keras_order(members: Sequence[M], *, input_name: str, output_name: str) -> list[M]:
    """Return the members of a functional network in the order of `model.layers`.

    A layer that is called several times is as far from the output as its furthest call, and as early in the walk as the
    call that is met first; its further calls are left out.

    Args:
        members: all calls of members, with unique names; each input is the name of a call.
        input_name: the network's input.
        output_name: the member whose output is the network's.

    Raises:
        Refusal: `unsupported-network`, if members read each other in a cycle, if the output does not depend on the
            input, or if a member does not lead to the output: Keras leaves such a member out, and numbers the weights
            of the others without it.
    """
    by_name = {member.name: member for member in members}
    met, finished = _walked(by_name, output_name)
    if input_name not in met:
        raise Refusal("unsupported-network", f"its output does not depend on its input '{shortened(input_name)}'")
    if unused := [member.name for member in members if member.name not in met]:
        raise Refusal("unsupported-network", f"its layers {listed(unused)} do not lead to its output")
    owners = {name: by_name[name].shares or name for name in finished}
    depths, own_depths = dict.fromkeys(finished, 0), dict.fromkeys(owners.values(), 0)
    for name in reversed(finished):
        owner = owners[name]
        depths[name] = own_depths[owner] = max(depths[name], own_depths[owner])
        for read in by_name[name].inputs:
            depths[read] = max(depths[read], depths[name] + 1)
    first_met: dict[str, int] = {}
    for name, place in met.items():
        first_met[owners[name]] = min(place, first_met.get(owners[name], place))
    ordered = sorted(own_depths, key=lambda owner: (-own_depths[owner], first_met[owner]))
    return [by_name[owner] for owner in ordered]


def in_computation_order(members: Sequence[M], *, output_name: str) -> list[M]:
    """Return all calls of members, each behind those that it reads."""
    by_name = {member.name: member for member in members}
    return [by_name[name] for name in _walked(by_name, output_name)[1]]


def _walked(by_name: dict[str, M], output_name: str) -> tuple[dict[str, int], list[str]]:
    """Walk depth first from the output; return when each member was met, and all in the order they were finished."""
    met: dict[str, int] = {}
    open_names: list[str] = []
    finished: dict[str, None] = {}
    waiting = [(output_name, False)]
    while waiting:
        name, is_done = waiting.pop()
        if is_done:
            finished[name] = None
            open_names.remove(name)
        elif name in open_names:
            circle = open_names[open_names.index(name) :]
            raise Refusal("unsupported-network", f"its layers {listed(circle)} read each other")
        elif name not in finished:
            met.setdefault(name, len(met))
            open_names.append(name)
            waiting.append((name, True))
            waiting += [(read, False) for read in reversed(by_name[name].inputs)]
    return met, list(finished)
