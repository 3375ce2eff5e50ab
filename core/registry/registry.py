"""A list of objects of one kind, each known by its name: repair methods, pruning orders and the like."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from core.errors import InspectorError


class Named(Protocol):
    """An object that can be registered."""

    @property
    def name(self) -> str:
        """The name in commands and files; never changes."""


T = TypeVar("T", bound=Named)


class Registry(Generic[T]):
    """Objects by name, in the order in which they are offered.

    Args:
        kind: the noun for one of them in messages, such as "repair method".
        items: the initial objects, in order.
    """

    def __init__(self, kind: str, items: Iterable[T] = ()) -> None:
        self._kind = kind
        self._items: dict[str, T] = {}
        for each in items:
            self.add(each)

    def add(self, item: T) -> T:
        """Add an object at the end and return it.

        Raises:
            ValueError: the name is taken.
        """
        if item.name in self._items:
            raise ValueError(f"there is a {self._kind} called '{item.name}' already")
        self._items[item.name] = item
        return item

    def get(self, name: str) -> T:
        """Return the object of that name.

        Raises:
            InspectorError: the name is unknown.
        """
        item = self.find(name)
        if item is None:
            raise InspectorError(
                f"there is no {self._kind} '{name}', only {', '.join(self._items)}", code="unknown-name"
            )
        return item

    def find(self, name: str | None) -> T | None:
        """Return the object of that name; None if the name is unknown."""
        return self._items.get(name) if name is not None else None

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        return tuple(self._items)

    @contextmanager
    def with_added(self, item: T) -> Iterator[T]:
        """Add an object for the duration of the context, as tests do.

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
