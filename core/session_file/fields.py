"""The fields of records: their annotations with every name resolved, which say what a session file may hold."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_type_hints

from core.detect.detector import Detector
from core.detect.detectors.registry import DETECTORS
from core.findings.label_order import LabelMap
from core.order.order import PruningOrder
from core.order.orders.registry import ORDERS
from core.registry.registry import Registry
from core.registry.setting import Setting
from core.repair.method import RepairMethod
from core.repair.methods.registry import METHODS

REGISTRIES: Mapping[type, Registry[Any]] = {RepairMethod: METHODS, PruningOrder: ORDERS, Detector: DETECTORS}
"""Objects that are stored by their names alone."""

ARRAY_TYPES = frozenset({"bool", "uint8", "int64", "float32", "float64"})


def is_shared(kind: type) -> bool:
    """Whether a record may be held in several places, and must be one object again when it is read."""
    return kind is LabelMap or not kind.__dataclass_params__.eq  # type: ignore[attr-defined]


@cache
def annotations_of(kind: type) -> Mapping[str, Any]:
    """Return the annotation of each field that a record is made of, in order."""
    assert is_dataclass(kind)
    hints = get_type_hints(kind, localns=dict(late_names()))
    return {each.name: hints[each.name] for each in fields(kind) if each.init}


@cache
def late_names() -> Mapping[str, Any]:
    """Return the classes that modules import for their annotations alone, by name."""
    # They bring Keras, which the window loads in its worker.
    import keras  # noqa: PLC0415

    from core.data.dataset import Dataset  # noqa: PLC0415
    from core.data.stamped import Estimate  # noqa: PLC0415
    from core.detect.job import Detection  # noqa: PLC0415
    from core.network.network import Network  # noqa: PLC0415
    from core.repair.job import Repair  # noqa: PLC0415
    from core.repair.shown.examples import Examples  # noqa: PLC0415
    from core.report.repair.record import RepairReport  # noqa: PLC0415

    found = (Dataset, Estimate, Detection, Network, Examples, Repair, RepairReport)
    return {"keras": keras, **{each.__name__: each for each in found}}


def setting_name(setting: Setting) -> str:
    """Return what names a method's setting: the names of the method and of the setting."""
    for method in METHODS:
        if any(each is setting for each in method.settings):
            return f"{method.name}/{setting.name}"
    return f"/{setting.name}"


def find_setting(name: str) -> Setting | None:
    """Return the setting of a name that `setting_name` made; None if there is none any more."""
    method_name, _, own = name.partition("/")
    method = METHODS.find(method_name)
    return next((each for each in method.settings if each.name == own), None) if method is not None else None
