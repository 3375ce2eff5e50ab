"""The group that all commands stand in: what was typed wrongly is told in the project's own plain words."""

from typing import Any

import typer
from typer.core import TyperGroup

VALIDATOR_PREFIX = "Value error, "
"""What Pydantic, which Typer reads values by, puts before every message of a validator."""


class CommandGroup(TyperGroup):
    """Runs the command that is named; takes the validator's own words out of what it says of a wrong value."""

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
