"""A topic of the help."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A part of the window, or something that it shows.

    Attributes:
        name: unique.
        title: its heading.
        paragraphs: what it is and what to do with it.
        terms: names of glossary entries to go on with.
        keys: keys that it answers to beside the shortcuts of the menus, and what each does.
    """

    name: str
    title: str
    paragraphs: tuple[str, ...]
    terms: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
