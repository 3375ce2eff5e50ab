"""The records that the functions of `backdoor_inspector` take and return; importing them imports Keras."""

from core.compare.comparison import Comparison
from core.data.dataset import Dataset
from core.demo.demo import DemoFiles
from core.detect.job import Detection
from core.detect.strip.records import StripEvidence
from core.metrics.evaluation import Evaluation
from core.network.model_saving import SavedModel
from core.network.network import Network
from core.records import ImageAnswer
from core.repair.job import Repair
from core.sweep.inspection import Inspection
from core.sweep.records import Sweep
from core.sweep.stops import Stop

__all__ = [
    "Comparison",
    "Dataset",
    "DemoFiles",
    "Detection",
    "Evaluation",
    "ImageAnswer",
    "Inspection",
    "Network",
    "Repair",
    "SavedModel",
    "Stop",
    "StripEvidence",
    "Sweep",
]
