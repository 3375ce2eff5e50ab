"""The exception of the reading code: a refusal with a stable code and one sentence."""

from collections.abc import Iterable, Sequence


class Refusal(Exception):  # noqa: N818 - a refusal, not a fault
    """The file is refused, with a reason for the user.

    Attributes:
        code: a key of `codes.CODES`.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class ChoiceRefusal(Refusal):
    """The file has several sets of images, and a person must choose one.

    Attributes:
        pairs: the sets: as plain JSON values in the child, as `PairAnswer` in its parent.
    """

    def __init__(self, sentence: str, pairs: Sequence[object]) -> None:
        super().__init__("choose-keys", sentence)
        self.pairs = tuple(pairs)


def shortened(value: object, limit: int = 60) -> str:
    """Return a value from the file as text for a message: printable, on one line, at most `limit` characters."""
    text = "".join(character if character.isprintable() else "?" for character in str(value)[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "…"


def listed(values: Iterable[object], limit: int = 6) -> str:
    """Return names from the file as a short list for a message ("'a', 'b' and 3 more")."""
    names = [f"'{shortened(value, 40)}'" for value in values]
    if not names:
        return "nothing"
    if len(names) > limit:
        return ", ".join(names[:limit]) + f" and {len(names) - limit} more"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
