"""All cases, and writing their files."""

from collections.abc import Iterable
from pathlib import Path

from tests.hostile.case import Case
from tests.hostile.containers import CONTAINER_CASES
from tests.hostile.data import DATA_CASES
from tests.hostile.data_forms import FORM_CASES
from tests.hostile.data_rows import ROW_CASES
from tests.hostile.foreign_models import FOREIGN_CASES
from tests.hostile.images import IMAGE_CASES
from tests.hostile.model_code import CODE_CASES
from tests.hostile.model_content import CONTENT_CASES
from tests.hostile.operations import OPERATION_CASES
from tests.hostile.ordinary import ORDINARY_CASES
from tests.hostile.results import RESULTS_CASES
from tests.hostile.shared_layers import SHARED_CASES
from tests.hostile.tflite_models import TFLITE_CASES
from tests.hostile.triggers import TRIGGER_CASES

CASES: list[Case] = [
    *CODE_CASES,
    *CONTENT_CASES,
    *OPERATION_CASES,
    *SHARED_CASES,
    *CONTAINER_CASES,
    *FOREIGN_CASES,
    *TFLITE_CASES,
    *DATA_CASES,
    *FORM_CASES,
    *ROW_CASES,
    *IMAGE_CASES,
    *TRIGGER_CASES,
    *RESULTS_CASES,
    *ORDINARY_CASES,
]


def marker_of(folder: Path, index: int) -> Path:
    """Return what the payload of a case's file would create."""
    return folder / f"executed_{index}"


def write_files(folder: Path, cases: Iterable[Case] = CASES) -> list[Path]:
    """Write each case's file to a folder of its own; return the files."""
    paths = []
    for index, case in enumerate(cases):
        path = folder / str(index) / case.file
        path.parent.mkdir(parents=True)
        case.make(path, marker_of(folder, index))
        paths.append(path)
    return paths
