"""Pruning and repairing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from backdoor_inspector.arguments import (
    check_useful,
    chosen_layers,
    chosen_scale,
    chosen_settings,
    member_of,
    registered,
)
from backdoor_inspector.files import opened_dataset, opened_datasets, opened_network
from backdoor_inspector.progress import watched
from core.channels import NO_LAYERS, ChannelTensor, LayerSet
from core.cut.readers import check_reader
from core.display import Row, TableRecord
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE
from core.network.inputs import EvaluationInputs
from core.order.orders.registry import ORDERS
from core.repair.checks import check_layers
from core.repair.choices import check_distillation
from core.repair.method import PRUNING_THRESHOLD
from core.repair.methods.registry import METHODS
from core.sweep.stops import Stop
from core.sweep.stops import find_stops as find_stops_of

if TYPE_CHECKING:
    from backdoor_inspector.arguments import AnyDataset, AnyNetwork, ScaleName, TargetName
    from backdoor_inspector.progress import ProgressCallback
    from backdoor_inspector.records import Inspection, Network, Repair
    from core.sweep.records import Sweep

THRESHOLDS = (0.02, 0.04, 0.1)


def prune(
    network: AnyNetwork,
    validation: AnyDataset,
    *,
    test: AnyDataset | None = None,
    poisoned: AnyDataset | Sequence[AnyDataset] = (),
    target: TargetName | Sequence[TargetName] = None,
    layer: str | Sequence[str] | None = None,
    order: str = "ascending",
    reader: str | None = None,
    tensor: str = "activation",
    scale: ScaleName = None,
    progress: ProgressCallback | bool | None = None,
) -> Inspection:
    """Prune channel by channel and measure B′ and G after each.

    Args:
        network: B, opened or a path.
        validation: clean images; they determine the order, the thresholds and the pixel range.
        test: clean images, for reporting only.
        poisoned: one or several sets of triggered images, for reporting only; their labels may be target labels or
            true labels.
        target: what the attacker wants: a class, "next" (all-to-all: the class after the true one), "each"
            (all-to-all: another class for each true one), "labels" (the labels in the file), or None, which finds it by
            the answers of the network; several for several sets.
        layer: the convolution, several of them, or "all"; None uses the last one with several readers.
        order: "ascending", "descending", "index", "layers", "lipschitz", "anp" or "difference".
        reader: prune only what this layer reads; None prunes the channels' output for every reader.
        tensor: where channels are ranked and zeroed if a batch normalization follows the activation: behind the
            "activation" or behind the "normalization".
        scale: what the network reads for a pixel: "raw" (0–255), "unit" (0–1), "symmetric" (−1 to 1), "imagenet",
            "caffe", "raw-bgr" …, factors such as "1/127.5", or a `Scale`; None finds it.
        progress: called with (stage, done, total), where total is 0 if unknown; True shows tqdm bars if tqdm is
            installed. Ctrl-C, or interrupting the kernel, cancels and raises `KeyboardInterrupt`.

    Returns:
        An `Inspection`: its `sweep` has one point per pruned channel, step 0 first; `find_stops` finds the steps of
        thresholds, `pruned_network` and `save` make B′ and G.

    Raises:
        InspectorError: an input is refused; one of `ModelFileError`, `DatasetError`, `LayerError` or `PruningError`.

    Example:
        >>> curve = bi.prune("bd_net.h5", "valid.h5", poisoned="sunglasses.h5", layer="conv_3")
        >>> curve.sweep.points[48].poisoned[0].pruned.rate
        1.0
    """
    place = member_of(ChannelTensor, tensor, "tensor")
    with watched(progress) as monitor:
        from core.sweep.inspection import InspectionRequest, inspect  # noqa: PLC0415  # imports Keras

        base = opened_network(network, monitor).with_tensor(place)
        layers = chosen_layers(base, layer) or LayerSet.of(base.default_layer())
        prunable = base.layer(layers)
        if reader is not None:
            check_reader(prunable, reader)
        inputs = EvaluationInputs(
            network=base,
            validation=opened_dataset(validation, base, monitor),
            test=None if test is None else opened_dataset(test, base, monitor),
            poisoned=opened_datasets(poisoned, base, monitor, target=target),
            scale=chosen_scale(scale),
        )
        request = InspectionRequest(inputs, layer=layers, reader=reader, order=registered(ORDERS, order, "order"))
        return inspect(request, monitor=monitor)


class Stops(tuple[Stop, ...], TableRecord):
    """The rows of the results table: the unpruned network, then each threshold before and after crossing."""

    __slots__ = ()

    def as_rows(self) -> tuple[Row, ...]:
        """One row per stop; its figures are None if no step crosses the threshold."""
        rows = [row for stop in self for row in stop.as_rows()]
        return tuple({**dict.fromkeys(rows[0]), **row} for row in rows)


def find_stops(curve: Inspection | Sweep, thresholds: Sequence[float] = THRESHOLDS) -> Stops:
    """Find the steps at which allowed drops of clean validation accuracy stop the pruning.

    Args:
        curve: the result of `prune`.
        thresholds: the drops, each in (0, 1): 0.02 for 2 points.

    Returns:
        The unpruned network, then for each threshold the last step before crossing and the first after it.

    Raises:
        PruningError: a threshold is not in (0, 1).
    """
    from core.sweep.records import Sweep  # noqa: PLC0415  # imported on use

    return Stops(find_stops_of(curve if isinstance(curve, Sweep) else curve.sweep, thresholds))


def pruned_network(curve: Inspection, *, threshold: float | None = None, pruned_count: int | None = None) -> Network:
    """Build B′ at one step of a curve as a separate network.

    Args:
        curve: the result of `prune`.
        threshold: selects the last step before clean validation accuracy has dropped by that much, (0, 1).
        pruned_count: selects the step directly.

    Raises:
        PruningError: not exactly one of the two is given, or there is no such step.
    """
    from backdoor_inspector.saving import pruned_model  # noqa: PLC0415  # these import Keras
    from core.network.network import Network  # noqa: PLC0415

    model = pruned_model(curve, threshold=threshold, pruned_count=pruned_count)
    return Network(model, path=curve.evaluator.inputs.network.summary.path)


def repair(
    network: AnyNetwork,
    validation: AnyDataset,
    *,
    method: str = "auto",
    test: AnyDataset | None = None,
    poisoned: AnyDataset | Sequence[AnyDataset] = (),
    target: TargetName | Sequence[TargetName] = None,
    unlabelled: AnyDataset | None = None,
    layers: str | Sequence[str] = (),
    tensor: str | None = None,
    threshold: float | None = None,
    mask_threshold: float | None = None,
    suspects: Sequence[int] = (),
    false_alarm_rate: float = DEFAULT_FALSE_ALARM_RATE,
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    scale: ScaleName = None,
    progress: ProgressCallback | bool | None = None,
) -> Repair:
    """Repair a network on clean images alone; B is not changed.

    Args:
        network: B, opened or a path.
        validation: clean images; all choices use them.
        method: "auto" (tries some and chooses by clean images alone), "unlearning", "occlusion", "prune", "anp",
            "finetune", "fine-pruning", "ft-sam" or "bounds".
        test: clean images, for reporting only.
        poisoned: sets of triggered images, for reporting only.
        target: see `prune`.
        unlabelled: further clean images to train with, labelled by B's answers.
        layers: the convolutions to prune, or "all"; empty uses the method's default.
        tensor: as in `prune`, for methods that prune; None uses "activation".
        threshold: the drop of clean validation accuracy that pruning may reach, (0, 1); None uses 0.04.
        mask_threshold: with "anp", prune all channels with a mask below it, [0, 1], at any cost in accuracy.
        suspects: with "auto" and "unlearning", classes that a backdoor may lead to, -1 for an all-to-all attack; empty
            looks for some.
        false_alarm_rate: the share of clean images that G by confidence may flag, (0, 1).
        settings: training settings that replace the method's: "epochs", "least_steps", "batch_size", "learning_rate",
            "optimizer" ("adam" or "sgd"), "held_out_share", "is_augmented", "is_mirrored", "distillation_weight",
            "temperature", "rollback_margin"; with "bounds", "bound_drop", the allowed loss, in (0, 1).
        seed: seed of all random numbers.
        scale: see `prune`.
        progress: see `prune`.

    Returns:
        A `Repair`: B′ as `model`, the figures of B, B′ and G, the curve and the epochs. `save` writes B′ and G.

    Raises:
        InspectorError: an input or a setting is refused.

    Example:
        >>> done = bi.repair("bd_net.h5", "valid.h5", method="fine-pruning", settings={"epochs": 5})
        >>> done.by_agreement.validation.pruned.rate
        0.97
    """
    how = registered(METHODS, method, "method")
    choices = chosen_settings(settings, mask_threshold=mask_threshold)
    names = (layers,) if isinstance(layers, str) else tuple(layers)
    check_useful(how, choices, layers=names, tensor=tensor, threshold=threshold, suspects=suspects)
    place = member_of(ChannelTensor, tensor or ChannelTensor.ACTIVATION, "tensor")
    with watched(progress) as monitor:
        from core.repair.job import RepairRequest, repair_network  # noqa: PLC0415  # imports Keras

        base = opened_network(network, monitor).with_tensor(place)
        more = None if unlabelled is None else opened_dataset(unlabelled, base, monitor, has_labels=False)
        usual = choices.applied_to(how.default_settings(seed=seed, has_unlabelled=more is not None))
        check_distillation(how, usual, choices, has_more=more is not None)
        inputs = EvaluationInputs(
            network=base,
            validation=opened_dataset(validation, base, monitor),
            test=None if test is None else opened_dataset(test, base, monitor),
            poisoned=opened_datasets(poisoned, base, monitor, target=target),
            scale=chosen_scale(scale),
        )
        request = RepairRequest(
            inputs,
            method=how,
            layers=check_layers(base, chosen_layers(base, layers), method=how) if how.is_pruning else NO_LAYERS,
            threshold=PRUNING_THRESHOLD if threshold is None else threshold,
            settings=usual,
            unlabelled=more,
            false_alarm_rate=false_alarm_rate,
            mask_settings=how.mask_settings(choices, seed=seed),
            choices=choices,
            suspects=tuple(suspects),
        )
        return repair_network(request, monitor=monitor)
