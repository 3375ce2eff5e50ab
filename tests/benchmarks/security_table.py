"""The table of SECURITY.md: this application beside plain Keras and two scanners, on the same model files.

Run from the project's root:  .venv/bin/python tests/benchmarks/security_table.py --modelscan PATH --modelaudit PATH

The paths are those of the scanners' programs, in environments of their own: `pip install "modelscan[h5py,tensorflow]"`,
`pip install "modelaudit[h5]"`. Linux only. Keras loads each file in a process of its own, with limits; but it loads
hostile files, so run this where nothing is at stake. The files' payloads create an empty file and do nothing else.
"""

import argparse
import contextlib
import datetime
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.hostile.containers import CONTAINER_CASES  # noqa: E402
from tests.hostile.files import CASES, marker_of, write_files  # noqa: E402
from tests.hostile.foreign_models import FOREIGN_CASES  # noqa: E402
from tests.hostile.model_code import CODE_CASES  # noqa: E402
from tests.hostile.model_content import CONTENT_CASES  # noqa: E402
from tests.hostile.operations import OPERATION_CASES  # noqa: E402
from tests.hostile.tflite_models import TFLITE_CASES  # noqa: E402

_GIB = 1024**3
_SECONDS = 60
_NAME = "odd name"
_OPENED, _REFUSED, _EXECUTED, _CRASHED = "opened", "refused", "executed", "crashed"
# Special files and links are no models for a scanner or Keras, and some of them never end.
MODELS = [case for case in CASES if case.kind == "model" and not case.name.startswith("no file")]

# What is told of the hostile files that opened: whose idea of a danger they are.
_GROUPS = {
    "code": CODE_CASES,
    "another network": [*CONTENT_CASES, *OPERATION_CASES],
    "container": CONTAINER_CASES,
    "another format": [*FOREIGN_CASES, *TFLITE_CASES],
}
_GROUP_OF = {case.name: group for group, cases in _GROUPS.items() for case in cases}

Outcomes = dict[int, str]


def in_forks(folder: Path, paths: list[Path], load: Callable[[Path], object]) -> Outcomes:
    """Load each file in a fork of this process, with limits."""
    outcomes = {}
    for index, path in enumerate(paths):
        marker_of(folder, index).unlink(missing_ok=True)
        process = os.fork()
        if process == 0:
            os._exit(_loaded(load, path))
        _, status, usage = os.wait4(process, 0)
        code = os.waitstatus_to_exitcode(status)
        outcomes[index] = {0: _OPENED, 1: _REFUSED}.get(code, _CRASHED)
        if usage.ru_maxrss * 1024 - resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > _GIB:
            outcomes[index] = _CRASHED
        if marker_of(folder, index).exists():
            outcomes[index] = _EXECUTED
    return outcomes


def _loaded(load: Callable[[Path], object], path: Path) -> int:
    """Load a file in this process; return 0 if it opened, 1 if it was refused, 2 if memory ran out."""
    signal.alarm(_SECONDS)
    used_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used_bytes + 4 * _GIB,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    try:
        load(path)
    except MemoryError:
        return 2
    except BaseException:  # noqa: BLE001 - whatever a library raises, the file is refused
        return 1
    return 0


Scan = Callable[[Path, Path], set[Path] | None]


def scanned(paths: list[Path], scan: Scan) -> Outcomes:
    """Scan copies of files, all at once; where a scan ends without a report, each half again, down to one file."""

    def some(indices: list[int]) -> Outcomes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "files"
            copies = {}
            for index in indices:
                copies[index] = folder / str(index) / paths[index].name
                copies[index].parent.mkdir(parents=True)
                (shutil.copytree if paths[index].is_dir() else shutil.copyfile)(paths[index], copies[index])
            flagged = scan(folder, Path(name) / "report.json")
        if flagged is not None:
            return {index: _REFUSED if copy in flagged else _OPENED for index, copy in copies.items()}
        if len(indices) == 1:
            return {indices[0]: _CRASHED}
        half = len(indices) // 2
        return some(indices[:half]) | some(indices[half:])

    return some(list(range(len(paths))))


def _report(command: list[str], report: Path) -> dict[str, object] | None:
    environment = {**os.environ, "NO_COLOR": "1", "PROMPTFOO_DISABLE_TELEMETRY": "1"}
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(command, env=environment, capture_output=True, check=False, timeout=10 * _SECONDS)
    try:
        found = json.loads(report.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _file_of(source: str, folder: Path) -> Path:
    """Return the file that a finding is about; what is inside an archive is told behind a colon."""
    path = folder / source if not Path(source).is_absolute() else Path(source)
    parts = path.relative_to(folder).parts
    found = next((each for each in (folder / parts[0]).iterdir() if parts[1].startswith(each.name)), path)
    return Path(found)


def modelscan(program: Path) -> Scan:
    """Return a scan that names the files with an issue of any severity."""

    def scan(folder: Path, report: Path) -> set[Path] | None:
        found = _report([str(program), "-p", str(folder), "-r", "json", "-o", str(report)], report)
        issues: Iterable[dict[str, str]] | None = found and found["issues"]  # type: ignore[assignment]
        return None if issues is None else {_file_of(each["source"], folder) for each in issues}

    return scan


def modelaudit(program: Path) -> Scan:
    """Return a scan that names the files with a warning or a critical finding."""

    def scan(folder: Path, report: Path) -> set[Path] | None:
        command = [str(program), "scan", str(folder), "-f", "json", "-o", str(report), "--no-cache"]
        found = _report(command, report)
        issues: Iterable[dict[str, str]] | None = found and found["issues"]  # type: ignore[assignment]
        return (
            None
            if issues is None
            else {
                _file_of(each["location"], folder)
                for each in issues
                if each.get("severity") in {"warning", "critical"} and each.get("location")
            }
        )

    return scan


def version_of(program: Path) -> str:
    """Return what a program says of its version."""
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    return said.strip().splitlines()[-1].split()[-1] if said.strip() else "of unknown version"


def _group(index: int) -> str:
    return _GROUP_OF.get(MODELS[index].name, _NAME)


def row(name: str, outcomes: Outcomes) -> str:
    """Return a line of the table."""
    counts: Counter[tuple[bool, str]] = Counter((MODELS[index].is_hostile, each) for index, each in outcomes.items())
    opened: Counter[str] = Counter(
        _group(index) for index, each in outcomes.items() if each == _OPENED and MODELS[index].is_hostile
    )
    hostile = [
        counts[True, _EXECUTED],
        *(opened[group] for group in [*_GROUPS, _NAME]),
        *(counts[True, each] for each in (_REFUSED, _CRASHED)),
    ]
    ordinary = [counts[False, _OPENED], sum(counts[False, each] for each in (_REFUSED, _CRASHED, _EXECUTED))]
    return f"| {name} | {' | '.join(map(str, [*hostile, *ordinary]))} |"


def main() -> int:
    """Print the table; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modelscan", type=Path, required=True)
    parser.add_argument("--modelaudit", type=Path, required=True)
    parser.add_argument("--details", type=Path, help="a file for the outcome of each case, as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"HOME": name, "KERAS_HOME": name, "BACKDOOR_INSPECTOR_CACHE": f"{name}/cache"}
        os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
        # The files are written by another process: once Keras has computed something, it cannot be forked.
        if (process := os.fork()) == 0:
            write_files(folder, MODELS)
            os._exit(0)
        if os.waitpid(process, 0)[1]:
            raise RuntimeError("the files could not be written")
        paths = [folder / str(index) / case.file for index, case in enumerate(MODELS)]

        import keras  # noqa: PLC0415 - after the environment is set
        import tensorflow as tf  # noqa: PLC0415

        from core.network.model_file import open_model  # noqa: PLC0415
        from core.version import VERSION  # noqa: PLC0415

        tools = {
            f"Backdoor Inspector {VERSION}": in_forks(folder, paths, open_model),
            f"`keras.models.load_model`, Keras {keras.__version__}, TensorFlow {tf.__version__}": in_forks(
                folder, paths, keras.models.load_model
            ),
            f"modelscan {version_of(options.modelscan)}": scanned(paths, modelscan(options.modelscan)),
            f"modelaudit {version_of(options.modelaudit)}": scanned(paths, modelaudit(options.modelaudit)),
        }
        totals = Counter(_group(index) for index, case in enumerate(MODELS) if case.is_hostile)
        ordinary_count = sum(not case.is_hostile for case in MODELS)
        print(f"{datetime.date.today()}: {totals.total()} hostile and {ordinary_count} ordinary files\n")
        words = [f"opened: {group} (of {totals[group]})" for group in [*_GROUPS, _NAME]]
        print(f"| | executed | {' | '.join(words)} | refused | crashed | ordinary opened | ordinary refused |")
        print("|---" * (len(words) + 6) + "|")
        for tool, outcomes in tools.items():
            print(row(tool, outcomes))
        if options.details:
            details = {
                case.name: {tool: outcomes.get(index) for tool, outcomes in tools.items()}
                for index, case in enumerate(MODELS)
            }
            options.details.write_text(json.dumps(details, indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
