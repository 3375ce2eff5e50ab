"""A topic of the help."""

from dataclasses import dataclass

from gui.keys.bindings import bindings


@dataclass(frozen=True, slots=True)
class Topic:
    """A part of the window, or something that it shows.

    Attributes:
        name: unique.
        title: its heading.
        paragraphs: what it is and what to do with it.
        terms: names of glossary entries to go on with.
        keys: keys that it answers to beside the shortcuts of the menus, and what each does; those that can be changed
            are the names of their actions in braces.
    """

    name: str
    title: str
    paragraphs: tuple[str, ...]
    terms: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()

    @property
    def present_keys(self) -> tuple[tuple[str, str], ...]:
        """The keys as they are now."""
        return tuple((bindings.filled(keys), meaning) for keys, meaning in self.keys)
