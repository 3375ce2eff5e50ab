"""Conversion of plain strings and mappings to the engine's own types; no Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from core.channels import LayerSet
from core.errors import DatasetError, PruningError
from core.records import AUTO_TARGET, Target, parse_target
from core.registry.registry import Named, Registry
from core.repair.choices import RefitChoices
from core.repair.method import RepairMethod
from core.repair.methods.registry import all_settings, methods_with
from core.scale import Scale, parse_scale

if TYPE_CHECKING:
    from enum import StrEnum

    from backdoor_inspector.records import Dataset, Network

    AnyNetwork = Network | str | Path
    AnyDataset = Dataset | str | Path
    TargetName = int | str | None
    ScaleName = str | Scale | None
    Chosen = TypeVar("Chosen", bound=StrEnum)
    Listed = TypeVar("Listed", bound=Named)


def member_of(kind: type[Chosen], name: str, what: str) -> Chosen:
    """Return the member of an enumeration with that value.

    Raises:
        PruningError: there is no such member.
    """
    try:
        return kind(name)
    except ValueError:
        names = ", ".join(f"'{each.value}'" for each in kind)
        raise PruningError(f"{what} must be one of {names}, got '{name}'", code=f"unknown-{what}") from None


def registered(registry: Registry[Listed], name: str, what: str) -> Listed:
    """Return the object of that name in a registry.

    Raises:
        PruningError: there is no such name.
    """
    found = registry.find(name)
    if found is None:
        names = ", ".join(f"'{each}'" for each in registry.names)
        raise PruningError(f"{what} must be one of {names}, got '{name}'", code=f"unknown-{what}")
    return found


def chosen_scale(scale: ScaleName) -> Scale | None:
    """Return the scale of that name or of these factors; None stays None.

    Raises:
        PruningError: it is neither.
    """
    if scale is None or isinstance(scale, Scale):
        return scale
    try:
        return parse_scale(scale)
    except ValueError as error:
        raise PruningError(f"scale: {error}", code="unknown-scale") from error


def chosen_targets(target: TargetName | Sequence[TargetName], *, set_count: int) -> tuple[Target, ...]:
    """Return the target of each poisoned set, given once for all or once for each.

    Raises:
        DatasetError: it is no target, or their number is not that of the sets.
    """
    several = [target] if target is None or isinstance(target, (int, str)) else list(target)
    try:
        targets = tuple(parse_target(AUTO_TARGET if each is None else str(each)) for each in several)
    except ValueError as error:
        raise DatasetError(str(error), code="wrong-target") from None
    if len(targets) == 1:
        return targets * set_count
    if len(targets) != set_count:
        raise DatasetError(
            f"target must be given once for all poisoned sets or once for each of the {set_count}, got {len(targets)}",
            code="wrong-target",
        )
    return targets


def chosen_layers(network: Network, layers: str | Sequence[str] | None) -> LayerSet:
    """Return the layers, given as one text as in the command or as names; falsy if none is named."""
    if isinstance(layers, str):
        return network.parse_layers(layers)
    return LayerSet(tuple(layers or ()))


def chosen_settings(settings: Mapping[str, Any] | None, *, mask_threshold: float | None = None) -> RefitChoices:
    """Return the chosen settings of a method.

    Args:
        settings: values by setting name, shares in [0, 1].
        mask_threshold: a setting with its own argument.

    Raises:
        DatasetError: a setting is unknown.
    """
    known = {each.name: each for each in all_settings()}
    wrong = [name for name in settings or {} if name not in known]
    if wrong:
        raise DatasetError(
            f"unknown setting '{wrong[0]}'; the settings are {', '.join(known)}", code="training-setting"
        )
    own = {} if mask_threshold is None else {"mask_threshold": mask_threshold}
    return RefitChoices.of({**(settings or {}), **own}, known.values())


def check_useful(
    method: RepairMethod,
    choices: RefitChoices,
    *,
    layers: Sequence[str],
    tensor: str | None,
    threshold: float | None,
    suspects: Sequence[int],
) -> None:
    """Check that a method uses everything that is given.

    Raises:
        PruningError: it does not prune, has its own threshold, or has no masks.
        DatasetError: it does not train, trains with its own settings, or unlearns no triggers.
    """
    if layers and not method.is_pruning:
        raise PruningError(f"'{method.name}' does not prune channels: leave layers out", code="repair-setting")
    if tensor is not None and not method.is_pruning:
        raise PruningError(f"'{method.name}' does not prune channels: leave tensor out", code="repair-setting")
    if threshold is not None and (method.is_choosing or not method.is_pruning):
        raise PruningError(f"'{method.name}' takes no threshold", code="repair-setting")
    if threshold is not None and not 0 < threshold < 1:
        raise PruningError(
            f"a threshold must lie in (0, 1), such as 0.04 for 4 points, got {threshold:g}", code="bad-threshold"
        )
    if suspects and not method.is_unlearning:
        raise DatasetError(f"'{method.name}' unlearns no triggers: leave suspects out", code="repair-setting")
    for each in all_settings():
        if each.stops_pruning and each.name in choices.given and (each not in method.settings or threshold is not None):
            owners = ", ".join(f"'{owner.name}'" for owner in methods_with(each.name))
            raise PruningError(
                f"{each.name} is for {owners}, and cannot be combined with threshold", code="repair-setting"
            )
    useless = [name for name in choices.given if name not in method.setting_names]
    if useless:
        raise DatasetError(f"'{method.name}' does not use {', '.join(useless)}", code="training-setting")
