"""The part of the window's state that undo shows again, as one immutable record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from gui.state.compared import ComparedNetwork
from gui.state.pruning_run import View
from gui.state.repairs import KeptRepair
from gui.state.session import Session

if TYPE_CHECKING:
    from core.data.dataset import Dataset

_FILES = ("network", "validation", "test", "poisoned", "unlabelled", "label_map", "own_orders")
_OF_FILES = ("_understood", "scale_finding", "finished")  # found out about the files, or made on them
_ALONE = ("thresholds", "side", "trigger", "is_trigger_on")  # each means the same whatever else is so

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What undo can show again. All of it is immutable: masks, settings and references, never weights.

    Attributes:
        files: the open files, by attribute of the session.
        of_files: what was found out about them, by attribute.
        view: what is on the screen of the run.
        compared: the networks of the comparison.
        repairs: the repairs.
        classified: the network that the classifier uses as B′.
        suspects: the classes that a backdoor leads to.
        alone: further attributes, each of which can be put back without the others.
    """

    files: Mapping[str, Any]
    of_files: Mapping[str, Any]
    view: View
    compared: tuple[ComparedNetwork, ...]
    repairs: tuple[KeptRepair, ...]
    classified: ComparedNetwork | None
    suspects: tuple[int, ...]
    alone: Mapping[str, Any]

    @classmethod
    def of(cls, session: Session, *, view: View | None = None) -> "Snapshot":
        """Take a snapshot; `view` replaces what is on the screen of the run."""
        of_files = {name: getattr(session, name) for name in _OF_FILES}
        of_files["finished"] = dict(session.finished)
        return cls(
            files=_read(session, _FILES),
            of_files=MappingProxyType(of_files),
            view=view or session.view,
            compared=session.compared,
            repairs=session.repairs,
            classified=session.classified,
            suspects=session.suspects,
            alone=_read(session, _ALONE),
        )

    def has_files_of(self, other: "Snapshot") -> bool:
        """Whether the same files are open, read in the same way."""
        return all(_is_same(self.files[name], other.files[name]) for name in _FILES)

    def has_network_of(self, other: "Snapshot") -> bool:
        """Whether the same model is open."""
        return self.files["network"] is other.files["network"]

    def is_same(self, other: "Snapshot") -> bool:
        """Whether nothing that undo can show again differs."""
        return (
            self.has_files_of(other)
            and self.view.is_same_network(other.view)
            and _members(self.compared) == _members(other.compared)
            and _key_of(self.classified) == _key_of(other.classified)
            and all(_is_same(self.alone[name], other.alone[name]) for name in _ALONE)
        )

    def loses_by(self, later: "Snapshot") -> bool:
        """Whether a curve or a set that is here is not there any more."""
        left = {id(each) for each in later.sets}
        return bool(self.of_files["finished"]) or any(id(each) not in left for each in self.sets)

    @property
    def sets(self) -> "tuple[Dataset, ...]":
        """The open sets."""
        single = (self.files[name] for name in ("validation", "test", "unlabelled"))
        return (*(each for each in single if each is not None), *self.files["poisoned"])


def changes(now: Snapshot, *, old: Snapshot, new: Snapshot) -> dict[str, Any]:
    """Return the values to put back, by attribute of the session, so that a step from `old` to `new` is made again.

    What the step did not change stays as it is now, also what came since: newer figures, finished repairs.

    Args:
        now: the present state.
        old: the state before the step.
        new: the state after it.
    """
    values: dict[str, Any] = {}
    has_files = not old.has_files_of(new)
    if has_files:
        values |= new.files
        values |= new.of_files
        values["finished"] = dict(new.of_files["finished"])
    if has_files or not old.view.is_same_network(new.view):
        values |= new.view.values
    if not old.has_network_of(new):
        values |= {"compared": new.compared, "repairs": new.repairs, "suspects": new.suspects}
    elif _members(old.compared) != _members(new.compared):
        values["compared"] = _patched(now.compared, old.compared, new.compared, key=_key_of)
        values["repairs"] = _patched(now.repairs, old.repairs, new.repairs, key=id)
    if _key_of(old.classified) != _key_of(new.classified):
        offered = values.get("compared", now.compared)
        wanted = _key_of(new.classified)
        values["classified"] = next((each for each in offered if _key_of(each) == wanted), None)
    values |= {name: new.alone[name] for name in _ALONE if not _is_same(old.alone[name], new.alone[name])}
    if "trigger" in values or "is_trigger_on" in values:  # announced together
        values = {name: now.alone[name] for name in ("trigger", "is_trigger_on")} | values
    return values


def _read(session: Session, names: Sequence[str]) -> Mapping[str, Any]:
    return MappingProxyType({name: getattr(session, name) for name in names})


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same: tuples by their members, and files by identity, as they hold arrays."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return one is other or (isinstance(one, str | float | int | bool) and bool(one == other)) or _are_empty(one, other)


def _are_empty(one: Any, other: Any) -> bool:
    return isinstance(one, Mapping) and isinstance(other, Mapping) and dict(one) == dict(other)


def _key_of(network: ComparedNetwork | None) -> int:
    """Return what stays the same of a network when it is counted anew."""
    return 0 if network is None else id(network.pruned)


def _members(networks: Sequence[ComparedNetwork]) -> list[int]:
    return [_key_of(each) for each in networks]


def _patched(now: tuple[T, ...], old: tuple[T, ...], new: tuple[T, ...], *, key: Callable[[T], int]) -> tuple[T, ...]:
    """Return `now` without what the step from `old` to `new` took away, and with what it added, at its place."""
    before, after = {key(each) for each in old}, {key(each) for each in new}
    made = [each for each in now if key(each) in after or key(each) not in before]
    present = {key(each) for each in made}
    for place, each in enumerate(new):
        if key(each) not in before and key(each) not in present:
            made.insert(min(place, len(made)), each)
    return tuple(made)
