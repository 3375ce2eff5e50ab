"""What callers write as plain strings and mappings, as the engine's own types; no Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from core.channels import LayerSet
from core.errors import DatasetError, PruningError
from core.records import Scale
from core.repair.choices import RefitChoices, useful_to
from core.repair.methods import Method

if TYPE_CHECKING:
    from enum import StrEnum

    from backdoor_inspector.records import Dataset, Network

    AnyNetwork = Network | str | Path
    AnyDataset = Dataset | str | Path
    ScaleName = Literal["raw", "unit"] | Scale | None
    Chosen = TypeVar("Chosen", bound=StrEnum)


def chosen(kind: type[Chosen], name: str, what: str) -> Chosen:
    """The member of a set of names.

    Raises:
        PruningError: there is none of that name.
    """
    try:
        return kind(name)
    except ValueError:
        names = ", ".join(f"'{each.value}'" for each in kind)
        raise PruningError(f"{what} must be one of {names}, got '{name}'", code=f"unknown-{what}") from None


def chosen_scale(scale: ScaleName) -> Scale | None:
    """The pixel range of that name; None stays None."""
    return None if scale is None else chosen(Scale, scale, "scale")


def chosen_layers(network: Network, layers: str | Sequence[str] | None) -> LayerSet:
    """Return the layers that were named, by one text as in the command or by their names; false where none is named."""
    if isinstance(layers, str):
        return network.parse_layers(layers)
    return LayerSet(tuple(layers or ()))


def chosen_settings(settings: Mapping[str, Any] | None) -> RefitChoices:
    """Settings of training by name.

    Raises:
        DatasetError: there is no such setting.
    """
    known = [each.name for each in fields(RefitChoices)]
    wrong = [name for name in settings or {} if name not in known]
    if wrong:
        raise DatasetError(f"settings are {', '.join(known)}, got '{wrong[0]}'", code="training-setting")
    return RefitChoices(**(settings or {}))


def check_useful(
    method: Method,
    choices: RefitChoices,
    *,
    layers: Sequence[str],
    threshold: float | None,
    mask_threshold: float | None,
) -> None:
    """Check that a method has a use for what is given.

    Raises:
        PruningError: it prunes nothing, has its own threshold, or has no masks.
        DatasetError: it does not train, or trains by its own settings.
    """
    if layers and not method.is_pruning:
        raise PruningError(f"'{method.value}' prunes no channels: leave layers out", code="repair-setting")
    if threshold is not None and (method.is_choosing or not method.is_pruning):
        raise PruningError(f"'{method.value}' takes no threshold", code="repair-setting")
    if threshold is not None and not 0 < threshold < 1:
        raise PruningError(f"threshold must be in (0, 1), got {threshold:g}", code="bad-threshold")
    if mask_threshold is not None and (method is not Method.ANP or threshold is not None):
        raise PruningError("mask_threshold is for 'anp', and decides alone", code="repair-setting")
    useless = [name for name in choices.given if name not in useful_to(method)]
    if useless:
        raise DatasetError(f"'{method.value}' has no use for {', '.join(useless)}", code="training-setting")
