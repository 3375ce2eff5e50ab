"""The group of all commands, which removes a prefix of Pydantic from error messages."""

from typing import Any

import typer
from typer.core import TyperGroup

VALIDATOR_PREFIX = "Value error, "
"""Prefix of every validator message of Pydantic, which Typer uses to read values."""


class CommandGroup(TyperGroup):
    """Runs the named command; removes the validator's prefix from messages about wrong values."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command.

        Raises:
            typer.BadParameter: a value is wrong.
        """
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix(VALIDATOR_PREFIX)
            raise
