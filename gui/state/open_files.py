"""The open model and data and the pruning settings: one part of the window's state."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.channels import ALL_LAYERS, NO_LAYERS, ChannelTensor, LayerSet, PrunableLayer, takes_several
from core.data.stamped import restamped
from core.errors import DatasetError
from core.findings.label_order import LabelMap
from core.findings.scale_finding import ScaleFinding
from core.network.inputs import EvaluationInputs
from core.records import Interpretation, ModelSummary, PoisonedSet
from core.scale import Scale
from gui.state.open_image import OpenImage
from gui.state.pruning_run import Settings
from gui.state.understood import Understood, describe_sets, with_earlier_target, without_unknown_target

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.network.network import Network


class Role(StrEnum):
    """The role that a file is opened in."""

    MODEL = "model"
    VALIDATION = "validation"
    TEST = "test"
    POISONED = "poisoned"
    UNLABELLED = "unlabelled"
    IMAGE = "picture"


PAGE_ROLES = frozenset({Role.UNLABELLED})
"""Roles that only some pages use; all pages use the others."""


@dataclass(frozen=True, slots=True)
class StartFiles:
    """The files that the window opens when it starts.

    Attributes:
        model: the network to inspect.
        validation: clean validation data.
        test: clean test data.
        poisoned: poisoned data.
        image: an image for the classifier.
    """

    model: Path | None = None
    validation: Path | None = None
    test: Path | None = None
    poisoned: tuple[Path, ...] = ()
    image: Path | None = None

    @property
    def by_role(self) -> tuple[tuple[Role, Path], ...]:
        """Role and path of each file, in the order of opening."""
        single = (
            (Role.MODEL, self.model),
            (Role.VALIDATION, self.validation),
            (Role.TEST, self.test),
            (Role.IMAGE, self.image),
        )
        poisoned = tuple((Role.POISONED, path) for path in self.poisoned)
        return tuple((role, path) for role, path in single if path is not None) + poisoned


class OpenFiles(OpenImage):
    """The open files, and the settings that belong to them.

    State that depends on the files is reset before any signal is emitted. A slot therefore sees the complete new state,
    and the order in which slots are called does not matter.

    Attributes:
        network: the engine's network; used here only as a reference.
        validation: the clean validation set.
        test: the clean test set.
        poisoned: the poisoned sets, in the order of opening.
        unlabelled: further clean images to refit with; their labels are not used.
        scale_finding: the pixel range found for this model and validation set.
        label_map: the order in which the labels of the sets are read; None takes them as they are.
        own_orders: the same for test or poisoned sets that do not follow the validation set.
        settings: the layer, and how it is pruned.
        several: the convolutions chosen to be pruned as one, input side first; empty until some are chosen.
    """

    files_changed = Signal()  # a model or a set was opened or closed
    scale_changed = Signal()  # the pixel range changed, or a new finding about it arrived
    interpretations_changed = Signal()  # it became known how the poisoned sets are understood

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.network: Network | None = None
        self.validation: Dataset | None = None
        self.test: Dataset | None = None
        self.poisoned: tuple[Dataset, ...] = ()
        self.unlabelled: Dataset | None = None
        self._understood = Understood()
        self.scale_finding: ScaleFinding | None = None
        self.label_map: LabelMap | None = None
        self.own_orders: Mapping[Role, LabelMap | None] = {}
        self.settings = Settings()
        self.several: tuple[str, ...] = ()

    @property
    def summary(self) -> ModelSummary | None:
        """The description of the open model."""
        return self.network.summary if self.network is not None else None

    @property
    def layers(self) -> tuple[PrunableLayer, ...]:
        """The layers that can be pruned: each convolution, input side first; then all together if there are several."""
        return self._layers_at(self.settings.tensor)

    @property
    def opened_layers(self) -> tuple[PrunableLayer, ...]:
        """`layers` as measured behind the activation, whatever is chosen."""
        return self._layers_at(ChannelTensor.ACTIVATION)

    def _layers_at(self, tensor: ChannelTensor) -> tuple[PrunableLayer, ...]:
        if self.network is None:
            return ()
        network = self.network.with_tensor(tensor)
        layers = network.summary.layers
        return layers if len(layers) < 2 else (*layers, network.layer(ALL_LAYERS))

    @property
    def offered_layers(self) -> tuple[PrunableLayer, ...]:
        """`layers`, followed by the chosen set of several."""
        if self.network is None or not self.several:
            return self.layers
        return (*self.layers, self.network.with_tensor(self.settings.tensor).layer(LayerSet(self.several)))

    @property
    def layer(self) -> PrunableLayer | None:
        """The chosen layer: a single one, several as one, or all together."""
        return next((layer for layer in self.offered_layers if layer.layer_set == self.settings.layer), None)

    @property
    def scale(self) -> Scale:
        """What the network reads: as chosen, else as found, else as stored in its file, else 0–255."""
        if self.settings.scale is not None:
            return self.settings.scale
        if self.scale_finding is not None:
            return self.scale_finding.scale
        stored = self.summary.scale if self.summary is not None else None
        return stored or Scale.RAW

    @property
    def effective_settings(self) -> Settings:
        """The settings with the pixel range in use, None while it is not known, and a tensor only where it matters."""
        is_known = self.settings.scale is not None or self.scale_finding is not None
        tensor = self.layer.tensor if self.layer is not None else None
        scale = self.scale if is_known else None
        return replace(self.settings, scale=scale, tensor=tensor or ChannelTensor.ACTIVATION)

    @property
    def sets(self) -> tuple["Dataset", ...]:
        """All open sets."""
        return tuple(data for data in (self.validation, self.test) if data is not None) + self.poisoned

    @property
    def inputs(self) -> EvaluationInputs | None:
        """The network, the sets and the pixel range if known; None until a model and a validation set are open."""
        if self.network is None or self.validation is None:
            return None
        scale = self.effective_settings.scale
        return EvaluationInputs(self.network, self.validation, self.test, self.poisoned, scale)

    @property
    def poisoned_sets(self) -> tuple[PoisonedSet, ...]:
        """The descriptions of the poisoned sets that a run records."""
        return describe_sets(self.poisoned, self.interpretations)

    @property
    def interpretations(self) -> tuple[Interpretation | None, ...]:
        """How each poisoned set is understood by the open model; None while that is not known."""
        return self._understood.of(self.inputs, set_count=len(self.poisoned))

    @property
    def input_paths(self) -> tuple[Path, ...]:
        """The open files, which must never be overwritten."""
        model = (self.summary.path,) if self.summary else ()
        unlabelled = (self.unlabelled.path,) if self.unlabelled is not None else ()
        return model + tuple(data.path for data in self.sets) + unlabelled

    @property
    def missing(self) -> str:
        """Why a run cannot start; empty when it can."""
        if self.network is None:
            return "Open a model first."
        if self.layer is None:
            return "This model has no convolution whose channels can be pruned."
        if self.validation is None:
            return "Open a clean validation set first: the channels are measured on it."
        return ""

    @property
    def missing_to_repair(self) -> str:
        """Why a repair cannot start; empty when it can."""
        if self.network is None:
            return "Open a model first."
        if self.network.summary.is_repaired:
            return "This model is already a repaired network G: open the network B that it was made from."
        if self.validation is None:
            return "Open a clean validation set first: all choices are made on it."
        return ""

    def set_files(
        self,
        network: "Network",
        *,
        validation: "Dataset | None",
        test: "Dataset | None",
        poisoned: tuple["Dataset", ...],
        unlabelled: "Dataset | None",
    ) -> None:
        """Replace the model and the sets, with the labels of their files; chosen layers that it has are kept."""
        poisoned = without_unknown_target(_real(poisoned), network.summary)
        self.validation, self.test, self.poisoned, self.unlabelled = validation, test, poisoned, unlabelled
        self.network, self.label_map, self.own_orders = network, None, {}
        if not takes_several(self.layers) or not set(self.several) < {each.name for each in self.layers}:
            self.several = ()
        if self.layer is None:
            self.settings = replace(self.settings, layer=_usual_layer(network.summary.layers), reader=None)
        readers = [reader.layer for reader in self.layer.readers if reader.is_cuttable] if self.layer else []
        if self.settings.reader not in readers:
            self.settings = replace(self.settings, reader=None)
        self.settings = replace(self.settings, scale=None)
        self.scale_finding = None
        self._finish_change(is_new_model=True)

    def put_set(self, role: Role, data: "Dataset | None") -> None:
        """Open a set in its role, or close it (None); see `_with_poisoned` and `_restamped` for poisoned sets."""
        if role is Role.VALIDATION:
            self.validation, self.poisoned = data, _restamped(self.poisoned, data)
            self.scale_finding = None
        elif role is Role.TEST:
            self.test = data
        elif role is Role.UNLABELLED:
            self.unlabelled = data
        elif data is not None:
            self.poisoned = _with_poisoned(self.poisoned, with_earlier_target(data, self.poisoned, self.summary))
        if role is Role.UNLABELLED:  # curves do not depend on it
            self.files_changed.emit()
        else:
            self._finish_change()

    def close_poisoned(self, index: int) -> None:
        """Close the poisoned set at `index`."""
        self.poisoned = self.poisoned[:index] + self.poisoned[index + 1 :]
        self._finish_change()

    def set_poisoned(self, poisoned: "tuple[Dataset, ...]") -> None:
        """Replace the poisoned sets, for example by the same ones with another target; their curves are discarded."""
        self.poisoned = poisoned
        self._finish_change()

    def set_interpretations(self, inputs: EvaluationInputs, interpretations: tuple[Interpretation, ...]) -> None:
        """Set how the poisoned sets of some inputs are understood; ignored if other files are open by now."""
        if inputs == self.inputs and len(interpretations) == len(self.poisoned):
            self._understood = Understood(inputs, interpretations)
            self.interpretations_changed.emit()

    def close_network(self) -> None:
        """Close the model; data and images stay open."""
        self._drop_network()
        self._finish_change(is_new_model=True)

    def close_files(self) -> None:
        """Close the model and all data."""
        self._drop_network()
        self.validation = self.test = self.unlabelled = None
        self.poisoned = ()
        self._finish_change(is_new_model=True)

    def order_of(self, role: Role) -> LabelMap | None:
        """Return the order in which the labels of a role are read; None takes them as they are."""
        return self.own_orders.get(role, self.label_map)

    def set_order(self, role: Role, label_map: LabelMap | None) -> None:
        """Read the labels of a role in another order, None as they are; the others follow the validation set.

        Raises:
            DatasetError: a label of a set of this role is not in the order; nothing is changed then.
        """
        _set_order(self, role, label_map)
        self._finish_change()

    def set_scale_finding(self, finding: ScaleFinding) -> None:
        """Set the finding about the pixel range."""
        self.scale_finding = finding
        self.scale_changed.emit()

    def _drop_network(self) -> None:
        self.network = None
        self.poisoned = _real(self.poisoned)
        _relabel(self, None, {})  # the order was that of this network's classes
        self.settings, self.several = Settings(), ()
        self.scale_finding = None

    def _take_settings(self, settings: Settings) -> None:
        """Set the settings; a set of several layers is offered from then on.

        Raises:
            LayerError: the open model has no such layer.
        """
        offered = (NO_LAYERS, *(each.layer_set for each in self.layers))
        if self.network is not None and settings.layer not in offered:
            parts = self.network.layer(settings.layer).parts
            self.several = tuple(part.name for part in reversed(parts))
        self.settings = settings

    def _finish_change(self, *, is_new_model: bool = False) -> None:
        """Reset what depends on the earlier files, and announce the change."""
        del is_new_model  # no state of this class depends on the model alone
        self.files_changed.emit()


def _set_order(files: OpenFiles, role: Role, label_map: LabelMap | None) -> None:
    """Read the labels of a role in an order.

    Test and poisoned sets follow the validation set, but for those with labels that are not in its order: these stay as
    in their files.
    """
    if role is not Role.VALIDATION:
        _relabel(files, files.label_map, {**files.own_orders, role: label_map})
        return
    by_role = {Role.TEST: (files.test,), Role.POISONED: files.poisoned}
    _relabel(files, label_map, {each: None for each, sets in by_role.items() if not _can_be_read(sets, label_map)})
    files.scale_finding = None


def _can_be_read(sets: "Sequence[Dataset | None]", label_map: LabelMap | None) -> bool:
    """Return whether all labels of the sets are in an order."""
    try:
        for data in sets:
            if data is not None:
                data.with_labels(label_map)
    except DatasetError:
        return False
    return True


def _relabel(files: OpenFiles, label_map: LabelMap | None, own_orders: Mapping[Role, LabelMap | None]) -> None:
    """Read the labels of all sets in an order, or in that of their role; nothing is changed if one of them refuses."""

    def read(data: "Dataset | None", role: Role) -> "Dataset | None":
        return None if data is None else data.with_labels(own_orders.get(role, label_map))

    validation, test = read(files.validation, Role.VALIDATION), read(files.test, Role.TEST)
    order = own_orders.get(Role.POISONED, label_map)
    poisoned = tuple(each if each.is_stamped else each.with_labels(order) for each in files.poisoned)
    if validation is not files.validation:
        poisoned = _restamped(poisoned, validation)
    files.validation, files.test, files.poisoned = validation, test, poisoned
    files.label_map, files.own_orders = label_map, dict(own_orders)


def _real(poisoned: "tuple[Dataset, ...]") -> "tuple[Dataset, ...]":
    """Return the poisoned sets without those made of clean images: a trigger is that of one network."""
    return tuple(each for each in poisoned if not each.is_stamped)


def _with_poisoned(poisoned: "tuple[Dataset, ...]", data: "Dataset") -> "tuple[Dataset, ...]":
    """Add a poisoned set to the others; one from a file takes the place of those made of clean images."""
    kept = poisoned if data.is_stamped else _real(poisoned)
    return (*(each for each in kept if each.path != data.path), data)


def _restamped(poisoned: "tuple[Dataset, ...]", validation: "Dataset | None") -> "tuple[Dataset, ...]":
    """Return poisoned sets; those made of clean images get their trigger on another validation set if possible."""
    made: list[Dataset] = []
    for each in poisoned:
        if not each.is_stamped:
            made.append(each)
        elif validation is not None:
            with suppress(DatasetError):
                made.append(restamped(each, validation))
    return tuple(made)


def _usual_layer(layers: tuple[PrunableLayer, ...]) -> LayerSet:
    """Return the layer that fine-pruning uses: the last convolution that several layers read, else the last one.

    In the lab's network that is conv_3, whose output feeds both branches.
    """
    shared = [layer for layer in layers if len(layer.readers) > 1] or list(layers)
    return shared[-1].layer_set if shared else NO_LAYERS
