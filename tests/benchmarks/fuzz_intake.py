"""Change files at random and read them: a file is opened or refused with a code; anything else is a fault.

Run from the project's root:  .venv/bin/python tests/benchmarks/fuzz_intake.py --count 100000 --seed 7

Networks, data, images (also as triggers), results, preferences and the child's answers are changed: bytes flipped, cut,
inserted, spliced, glued; settings, texts and structure edited. Folders of images by class, tables of labels and
SavedModels are changed in all of their files, and by names, links, pipes and empty files. Files that carry code are
among them. Each is read in a process with the limits and the lock of the real child. With `--rebuild` Keras builds each
network that opens, a quarter of a second each. `--only INDEX` repeats one, `--keep FOLDER` keeps what is at fault.

Exit status 1 if there is a fault: a process that ends without an answer or a signal, an answer that is not valid, an
unknown code, or something executed. Linux and macOS only: the processes are forks.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.hostile.files import CASES, marker_of, write_files  # noqa: E402
from tests.hostile.folder_fuzzing import write_image_folder  # noqa: E402
from tests.hostile.saved_models import write_saved_model  # noqa: E402

_WORKER = ROOT / "tests" / "hostile" / "fuzzing.py"
# Of the hostile files those that carry code are changed too: a change must not make one run.
_CODE = ("a Lambda layer (", "a Lambda layer of Keras 2 (", "os.system as a layer (", "code as an initializer (")


def write_sources(folder: Path) -> None:
    """Write the files that are changed."""
    cases = [case for case in CASES if not case.is_hostile or case.name.startswith(_CODE)]
    paths = write_files(folder, cases)
    sources = [(case.kind, str(path)) for case, path in zip(cases, paths, strict=True) if path.is_file()]
    classes = write_image_folder(folder / "folders" / "classes")
    table = write_image_folder(folder / "folders" / "table", table="labels.csv")
    saved_model = write_saved_model(folder / "folders" / "saved_model")
    folders = [("folder:data", str(classes)), ("folder:data", str(table)), ("folder:model", str(saved_model))]
    preferences = folder / "preferences.json"
    preferences.write_text(json.dumps({"recent": [{"role": "model", "path": "/models/a.h5"}], "theme": "dark"}))
    answer = folder / "data.answer"
    array = {"file": "images.npy", "shape": [2, 3, 4, 4], "dtype": "uint8"}
    answer.write_text(
        json.dumps(
            {
                "ok": True,
                "kind": "data",
                "sha256": "0" * 64,
                "size_bytes": 9,
                "images": array,
                "labels": {"file": "labels.npy", "shape": [2], "dtype": "int64"},
                "pixel_minimum": 0.0,
                "pixel_maximum": 9.0,
            }
        )
    )
    sources += [("preferences", str(preferences)), ("answer", str(answer))]
    sources += [source for source in sources if source[0] in {"results", "preferences", "answer"}] * 2
    sources += folders * 3
    (folder / "sources.json").write_text(json.dumps(sources))


def fuzz(
    folder: Path, *, seed: int, first: int, end: int, process_count: int, is_rebuilt: bool = False
) -> Iterator[dict[str, Any]]:
    """Change and read files; yield the outcomes.

    Raises:
        RuntimeError: a worker ended, although it reads nothing but in a fork, or something was executed.
    """
    more = ["rebuild"] if is_rebuilt else []
    workers = [
        subprocess.Popen(
            [sys.executable, _WORKER, folder, *map(str, (seed, first + number, process_count, end)), *more],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(process_count)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            for line in worker.stdout:
                yield json.loads(line)
            worker.stdout.close()
            if status := worker.wait():
                raise RuntimeError(f"a worker ended with {status}")
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    if executed := [index for index in range(len(CASES)) if marker_of(folder, index).exists()]:
        raise RuntimeError(f"payloads were executed: {executed}")


def main() -> int:
    """Change and read files; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the index of a fault")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rebuild", action="store_true", help="build each network that opens with Keras")
    parser.add_argument("--keep", type=Path, help="an empty folder for the files at fault")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = options.keep or Path(name)
        write_sources(folder)
        first, end = (options.only, options.only + 1) if options.only is not None else (0, options.count)
        endings: Counter[str] = Counter()
        fault_count = 0
        outcomes = fuzz(
            folder,
            seed=options.seed,
            first=first,
            end=end,
            process_count=options.processes,
            is_rebuilt=options.rebuild,
        )
        for outcome in outcomes:
            endings[outcome["ending"]] += 1
            if outcome["fault"]:
                fault_count += 1
                print("FAULT", json.dumps(outcome, indent=1))
        print(", ".join(f"{count} {ending}" for ending, count in endings.most_common()))
        print(f"seed {options.seed}: {fault_count} faults in {sum(endings.values())} changed files")
    return 1 if fault_count else 0


if __name__ == "__main__":
    sys.exit(main())
