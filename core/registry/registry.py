"""A list of objects of one kind, each known by its name: repair methods, pruning orders and the like."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from core.errors import InspectorError


class Named(Protocol):
    """What can be registered."""

    @property
    def name(self) -> str:
        """What it is called in commands and files; never changes."""


T = TypeVar("T", bound=Named)


class Registry(Generic[T]):
    """Objects by their names, in the order in which they are offered.

    Args:
        kind: what one of them is called in messages, as "repair method".
        items: the first ones, in order.
    """

    def __init__(self, kind: str, items: Iterable[T] = ()) -> None:
        self._kind = kind
        self._items: dict[str, T] = {}
        for each in items:
            self.add(each)

    def add(self, item: T) -> T:
        """Add one at the end and return it.

        Raises:
            ValueError: the name is taken.
        """
        if item.name in self._items:
            raise ValueError(f"there is a {self._kind} called '{item.name}' already")
        self._items[item.name] = item
        return item

    def get(self, name: str) -> T:
        """The one of that name.

        Raises:
            InspectorError: there is none.
        """
        item = self.find(name)
        if item is None:
            raise InspectorError(
                f"there is no {self._kind} '{name}', only {', '.join(self._items)}", code="unknown-name"
            )
        return item

    def find(self, name: str | None) -> T | None:
        """The one of that name; None where there is none."""
        return self._items.get(name) if name is not None else None

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        return tuple(self._items)

    @contextmanager
    def with_added(self, item: T) -> Iterator[T]:
        """Add one for as long as the context lasts, as tests do.

        Raises:
            ValueError: the name is taken.
        """
        self.add(item)
        try:
            yield item
        finally:
            del self._items[item.name]

    def __iter__(self) -> Iterator[T]:
        return iter(tuple(self._items.values()))

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item: object) -> bool:
        return any(each is item for each in self._items.values())

    def __repr__(self) -> str:
        return f"Registry({self._kind}: {', '.join(self._items)})"
