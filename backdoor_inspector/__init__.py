"""Backdoor Inspector for notebooks and scripts: what the window does, as functions.

    >>> import backdoor_inspector as bi
    >>> files = bi.demo()
    >>> network = bi.open_network(files.model)
    >>> curve = bi.prune(network, files.validation, test=files.test, poisoned=files.poisoned)
    >>> bi.find_stops(curve, thresholds=(0.02, 0.04))
    >>> repair = bi.repair(network, files.validation, poisoned=files.poisoned, method="occlusion")
    >>> bi.save(repair, "repaired.keras", which="repaired", network=network)
    >>> bi.detect(network, files.validation).verdict

Networks and sets may be given opened or as paths. Results are the frozen records that the window and the commands use;
notebooks show them as tables, and `to_dataframe()` converts them for pandas. Rates are in [0, 1], labels are integers
in [0, K), images have shape (N, H, W, C). Refused input raises an `InspectorError` with a stable `code`.

Importing this package loads neither Keras nor numpy; the first call that needs them does. Keras must run on TensorFlow.
If Keras is not imported yet, its backend and settings folder are set for this process, and TensorFlow is configured to
compute in full float32 precision.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backdoor_inspector.detection import detect
    from backdoor_inspector.files import demo, open_dataset, open_network, save
    from backdoor_inspector.jobs import find_stops, prune, pruned_network, repair
    from backdoor_inspector.progress import ProgressCallback
    from backdoor_inspector.records import (
        Comparison,
        Dataset,
        DemoFiles,
        Detection,
        Evaluation,
        ImageAnswer,
        Inspection,
        Network,
        Repair,
        SavedModel,
        Stop,
        StripEvidence,
        Sweep,
    )
    from backdoor_inspector.scoring import classify, compare, evaluate, strip
    from core.errors import (
        DatasetError,
        DetectorError,
        ExportError,
        ImageFileError,
        InspectorError,
        LayerError,
        ModelFileError,
        PruningError,
        ResultsFileError,
    )
    from core.version import VERSION as __version__  # noqa: N811

__all__ = [
    "Comparison",
    "Dataset",
    "DatasetError",
    "DemoFiles",
    "Detection",
    "DetectorError",
    "Evaluation",
    "ExportError",
    "ImageAnswer",
    "ImageFileError",
    "Inspection",
    "InspectorError",
    "LayerError",
    "ModelFileError",
    "Network",
    "ProgressCallback",
    "PruningError",
    "Repair",
    "ResultsFileError",
    "SavedModel",
    "Stop",
    "StripEvidence",
    "Sweep",
    "__version__",
    "classify",
    "compare",
    "demo",
    "detect",
    "evaluate",
    "find_stops",
    "open_dataset",
    "open_network",
    "prune",
    "pruned_network",
    "repair",
    "save",
    "strip",
]

_MODULES = {
    "detection": ("detect",),
    "files": ("demo", "open_dataset", "open_network", "save"),
    "jobs": ("find_stops", "prune", "pruned_network", "repair"),
    "progress": ("ProgressCallback",),
    "scoring": ("classify", "compare", "evaluate", "strip"),
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: Any
    if name == "__version__":
        from core.version import VERSION as value  # noqa: N811, PLC0415  # only on use
    elif name.endswith("Error"):
        from core import errors  # noqa: PLC0415  # as above

        value = getattr(errors, name)
    else:
        home = next((module for module, names in _MODULES.items() if name in names), "records")
        if home == "records":
            from core.environment import set_up_environment  # noqa: PLC0415  # the records import Keras

            set_up_environment()
        value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
