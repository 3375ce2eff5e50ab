"""What a session file holds of the window, as one record; no widgets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.data.image import InputImage
from core.data.trigger import Trigger
from core.detect.detector import Detector
from core.findings.label_order import LabelMap
from core.findings.scale_finding import ScaleFinding
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE
from core.order.ranking import Ranking
from core.records import PoisonedSet, Side, SweepPoint
from core.sweep.records import Bypass, Sweep, SweepEstimate
from gui.pins.records import PinnedReading
from gui.state.compared import ComparedNetwork
from gui.state.detections import KeptDetection
from gui.state.open_files import Role
from gui.state.pruning_run import Run, Settings
from gui.state.repair_settings import RepairSettings
from gui.state.repairs import KeptRepair
from gui.state.understood import Understood

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.network.network import Network


@dataclass(frozen=True, slots=True, eq=False)
class StoredFiles:
    """The open files, and how they are read.

    Attributes:
        network, validation, test, poisoned, unlabelled: as in the window's state.
        label_map, own_orders, scale_finding, understood: the same.
    """

    network: "Network | None" = None
    validation: "Dataset | None" = None
    test: "Dataset | None" = None
    poisoned: "tuple[Dataset, ...]" = ()
    unlabelled: "Dataset | None" = None
    label_map: LabelMap | None = None
    own_orders: Mapping[Role, LabelMap | None] = field(default_factory=dict)
    scale_finding: ScaleFinding | None = None
    understood: Understood = field(default_factory=Understood)


@dataclass(frozen=True, slots=True, eq=False)
class StoredRun:
    """A run; a whole one has a sweep, one that was stopped has an estimate."""

    settings: Settings
    poisoned_sets: tuple[PoisonedSet, ...] = ()
    ranking: Ranking | None = None
    bypass: Bypass | None = None
    estimate: SweepEstimate | None = None
    sweep: Sweep | None = None
    scale_finding: ScaleFinding | None = None

    @classmethod
    def of(cls, run: Run) -> "StoredRun":
        """Return what is stored of a run."""
        whole = run.inspection
        return cls(
            run.settings,
            run.poisoned_sets,
            run.ranking,
            run.bypass,
            run.estimate,
            None if whole is None else whole.sweep,
            None if whole is None else whole.scale_finding,
        )


@dataclass(frozen=True, slots=True, eq=False)
class StoredPruning:
    """The settings and the runs of pruning, and what is shown of them.

    Attributes:
        settings, several, thresholds, side: as in the window's state.
        runs: the kept runs, the oldest first.
        shown: the run that is shown.
        step: position of the cursor.
        hand_mask: channels kept by hand, (C,) bool.
        hand_point: the figures of `hand_mask`.
    """

    settings: Settings = field(default_factory=Settings)
    several: tuple[str, ...] = ()
    thresholds: tuple[float, ...] = ()
    side: Side = Side.BEFORE
    runs: tuple[StoredRun, ...] = ()
    shown: StoredRun | None = None
    step: int = 0
    hand_mask: NDArray[np.bool_] | None = None
    hand_point: SweepPoint | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StoredNetworks:
    """The networks that were made of the open one.

    Attributes:
        repairs, compared, suspects: as in the window's state.
        classified: the classifier's B′; None for the pruned network.
        shown_repair: the repair that is shown.
        is_by_confidence: whether the comparison shows G by confidence.
        false_alarm_rate: of the comparison.
        chosen_line: the line chosen in the comparison.
    """

    repairs: tuple[KeptRepair, ...] = ()
    compared: tuple[ComparedNetwork, ...] = ()
    suspects: tuple[int, ...] = ()
    classified: ComparedNetwork | None = None
    shown_repair: KeptRepair | None = None
    is_by_confidence: bool = False
    false_alarm_rate: float = DEFAULT_FALSE_ALARM_RATE
    chosen_line: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class StoredImage:
    """The classifier's image and trigger."""

    image: InputImage | None = None
    name: str = ""
    trigger: Trigger | None = None
    is_trigger_on: bool = False


@dataclass(frozen=True, slots=True)
class StoredGallery:
    """The image files of the gallery, in the order of opening; none in sessions before version 4."""

    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class StoredDetection:
    """The detection that is shown, and the class that is chosen of it."""

    kept: KeptDetection | None = None
    label: int | None = None


@dataclass(frozen=True, slots=True)
class StoredLayout:
    """The shown page and the sizes of the window's parts, as Qt describes them.

    Attributes:
        page: the key of the shown page.
        columns, rows: sizes of the window's columns and of the Prune page's rows.
        folded_rows: the keys of the rows that are folded; none in older sessions.
    """

    page: str = ""
    columns: str = ""
    rows: str = ""
    folded_rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredForms:
    """What the forms of repairs and detections show, whether it was run or not; as in sessions since version 2.

    Attributes:
        repair: the settings of a repair, without its suspects; None in older sessions.
        suspects: what the field of suspects shows.
        detectors: the ticked detectors; None in older sessions.
        classes: what the field of examined classes shows.
        seed: of a detection.
    """

    repair: RepairSettings | None = None
    suspects: str = ""
    detectors: tuple[Detector, ...] | None = None
    classes: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class StoredPins:
    """The readings that are pinned; none in sessions that were saved before there were any."""

    pins: tuple[PinnedReading, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class StoredSession:
    """Everything that a session file holds."""

    files: StoredFiles = field(default_factory=StoredFiles)
    pruning: StoredPruning = field(default_factory=StoredPruning)
    networks: StoredNetworks = field(default_factory=StoredNetworks)
    detection: StoredDetection = field(default_factory=StoredDetection)
    image: StoredImage = field(default_factory=StoredImage)
    layout: StoredLayout = field(default_factory=StoredLayout)
    forms: StoredForms = field(default_factory=StoredForms)
    pins: StoredPins = field(default_factory=StoredPins)
    gallery: StoredGallery = field(default_factory=StoredGallery)

    @property
    def contents(self) -> str:
        """What it holds, in a few words."""
        parts = []
        if self.files.network is not None:
            parts.append(self.files.network.summary.path.name)
        sets = (self.files.validation, self.files.test, *self.files.poisoned, self.files.unlabelled)
        counts = (
            (sum(each is not None for each in sets), "set of images", "sets of images"),
            (len(self.pruning.runs), "run", "runs"),
            (len(self.networks.repairs), "repair", "repairs"),
            (len(self.networks.compared) - len(self.networks.repairs), "further network", "further networks"),
            (int(self.detection.kept is not None), "detection", "detections"),
            (len(self.gallery.paths), "image in the gallery", "images in the gallery"),
        )
        parts += [f"{count} {one if count == 1 else many}" for count, one, many in counts if count > 0]
        return ", ".join(parts) or "nothing but settings"


MAY_LACK: frozenset[tuple[type, str]] = frozenset(
    {
        *((StoredFiles, name) for name in ("network", "validation", "test", "poisoned", "unlabelled")),
        (Understood, "inputs"),
        *((StoredNetworks, name) for name in ("repairs", "compared", "classified", "shown_repair")),
        (ComparedNetwork, "counted"),
        (ComparedNetwork, "kept"),
        (StoredDetection, "kept"),
    }
)
"""What is left out where it belongs to a file that is not there; a network of the comparison then has no figures."""
