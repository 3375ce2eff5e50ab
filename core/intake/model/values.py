"""Checks of single values in a network's description: each returns the normalized value, or raises `WrongValue`."""

import math
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], Any]

_LARGEST = 1_000_000
_FLOAT32_MAXIMUM = 3.4028235e38


class WrongValue(Exception):  # noqa: N818 - a refusal, not a fault
    """The value is invalid; the message says what was expected."""


def whole(least: int, most: int = _LARGEST) -> Check:
    """Expect a whole number in a range."""

    def check(value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise WrongValue(f"a whole number from {least} to {most}")
        return value

    return check


def number(least: float = -_FLOAT32_MAXIMUM, most: float = _FLOAT32_MAXIMUM) -> Check:
    """Expect a finite number in a range."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WrongValue("a number")
        if not (math.isfinite(value) and least <= value <= most):
            raise WrongValue(f"a number from {least:g} to {most:g}")
        return value

    return check


def flag(value: Any) -> bool:
    """Expect true or false."""
    if not isinstance(value, bool):
        raise WrongValue("true or false")
    return value


def choice(*names: str) -> Check:
    """Expect one of some names."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            raise WrongValue("one of " + ", ".join(names))
        return value

    return check


def optional(check: Check) -> Check:
    """Expect None, or a value that passes another check."""
    return lambda value: None if value is None else check(value)


def sequence(check: Check, *, least: int = 1, most: int = 16) -> Check:
    """Expect a list of values."""

    def check_all(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple) or not least <= len(value) <= most:
            raise WrongValue(f"a list of {least} to {most} values" if least != most else f"a list of {most} values")
        return [check(one) for one in value]

    return check_all


def pair(check: Check) -> Check:
    """Expect two values, or one value that is used twice."""
    both = sequence(check, least=2, most=2)
    return lambda value: both(value) if isinstance(value, list | tuple) else [check(value)] * 2


def single(check: Check) -> Check:
    """Expect a list of one value, or the value itself."""
    one = sequence(check, least=1, most=1)
    return lambda value: one(value) if isinstance(value, list | tuple) else [check(value)]


def one_or_list(check: Check, *, most: int = 16) -> Check:
    """Expect one value, or a list of them."""
    several = sequence(check, least=1, most=most)
    return lambda value: several(value) if isinstance(value, list | tuple) else check(value)


def margins(value: Any) -> Any:
    """Expect a padding or cropping as in Keras: one number, two numbers, or two pairs."""
    edge = whole(0, 4096)
    if isinstance(value, list | tuple) and len(value) == 2:
        return [pair(edge)(side) if isinstance(side, list | tuple) else [edge(side)] * 2 for side in value]
    return [[edge(value)] * 2] * 2


def numbers(value: Any) -> Any:
    """Expect a number, or nested lists of at most 65,536 numbers."""
    left = 65_536

    def check(part: Any, depth: int) -> Any:
        nonlocal left
        if isinstance(part, list | tuple) and depth < 6:
            return [check(one, depth + 1) for one in part]
        left -= 1
        if left < 0:
            raise WrongValue("at most 65,536 numbers")
        return number()(part)

    return check(value, 0)


def channel_choice(value: Any) -> Any:
    """Expect "reversed", or the indices of at most 64 channels."""
    if isinstance(value, list | tuple):
        return sequence(whole(0, 4095), least=1, most=64)(value)
    return choice("reversed")(value)


def letters(value: Any) -> str:
    """Expect up to 8 letters."""
    if not isinstance(value, str) or not 1 <= len(value) <= 8 or not (value.isascii() and value.isalpha()):
        raise WrongValue("up to 8 letters")
    return value


def equation(value: Any) -> str:
    """Expect an `einsum` equation of two operands, without an ellipsis."""
    text = value if isinstance(value, str) else ""
    left, arrow, result = text.partition("->")
    one, comma, other = left.partition(",")
    if not (arrow and comma and len(text) <= 32):
        raise WrongValue("an equation like 'ab,bc->ac'")
    for part in (one, other, result):
        if len(set(letters(part))) != len(part):
            raise WrongValue("an equation without a letter repeated in one operand")
    if result[0] != one[0] or one[0] in other:
        raise WrongValue("an equation that leaves the batch axis first")
    if not set(result) <= set(one) | set(other):
        raise WrongValue("an equation whose result takes its letters from the operands")
    return text
