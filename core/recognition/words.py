"""How sizes and refusals are worded."""

from collections.abc import Sequence


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape as "55 × 47 × 3"."""
    return " × ".join(str(side) for side in shape)


def sentence(error: Exception) -> str:
    """Return an error as a sentence of its own."""
    text = f"{str(error).rstrip('.')}."
    return text[:1].upper() + text[1:]
