"""Make the zoo: small networks, clean and backdoored, whose state is known.

Run from the project's root:  .venv/bin/python tests/zoo/make.py [--cache DIR] [--images DIR] [--workers N]
[--only TEXT] [--tables]

Each network lies in the cache under the hash of what made it, with an entry beside it; what is there is not made again,
so that the command can be stopped and repeated at any time. `index.csv` there lists what was made, and `STATUS` says
how far it is. Networks that miss the clean accuracy of their kind, or whose attack succeeds on less than 90 % of the
triggered images, are entered and counted, but have no file. The images are the real ones of `shared/data/real` beside
the project; where those of a kind are absent, faces are drawn in their place.
"""

import argparse
import functools
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.export_file import write_file
from tests.zoo.image_sets import REAL_FOLDER
from tests.zoo.index import Entry, dated_recipes, default_folder, entry_file, write_index, zoo_entries
from tests.zoo.recipes import Recipe
from tests.zoo.tables import recipe_table, result_table

# Each graph that was traced stays in its process.
NETWORKS_PER_WORKER = 12
Dated = list[tuple[Recipe, str]]


def main(words: list[str] | None = None) -> int:
    """Make what is missing; return 1 if a network could not be made at all."""
    parser = argparse.ArgumentParser(description="Make the zoo of small networks, clean and backdoored.")
    parser.add_argument("--cache", type=Path, default=default_folder(), help="folder of the networks")
    parser.add_argument("--images", type=Path, default=REAL_FOLDER, help="folder of the real images")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="networks made side by side")
    parser.add_argument("--only", default="", help="make only networks whose name contains this")
    parser.add_argument("--tables", action="store_true", help="print the tables of recipes and results, make nothing")
    asked = parser.parse_args(words)
    recipes = [each for each in dated_recipes(asked.images) if asked.only in each[0].name]
    if asked.tables:
        entries = zoo_entries(asked.cache, recipes)
        print(recipe_table(), result_table([recipe for recipe, _ in recipes], entries), sep="\n\n")
        return 0
    asked.cache.mkdir(parents=True, exist_ok=True)
    return _make_missing(recipes, asked)


def _make_missing(recipes: Dated, asked: argparse.Namespace) -> int:
    missing = [each for each in recipes if not entry_file(asked.cache, *each).is_file()]
    report = functools.partial(_report, asked.cache, recipes, time.monotonic())
    report("running", "")
    if not missing:
        report("complete", "")
        return 0
    # Imported here: tables and a complete zoo need no TensorFlow.
    from tests.zoo.making import make_entry, start_worker  # noqa: PLC0415

    failed = 0
    make = functools.partial(make_entry, folder=asked.cache, images=asked.images)
    for (recipe, _), job in finished(make, missing, workers=asked.workers, initializer=start_worker):
        if (error := job.exception()) is not None:
            failed += 1
            report("running", f"{recipe.name}: {type(error).__name__}: {error}")
        else:
            report("running", _line(job.result()))
    report("complete" if not failed else f"{failed} networks could not be made", "")
    return int(failed > 0)


def finished(
    function: Callable[..., Any],
    arguments: Sequence[tuple[Any, ...]],
    *,
    workers: int,
    initializer: Callable[[], None] | None = None,
    per_worker: int = NETWORKS_PER_WORKER,
) -> Iterator[tuple[tuple[Any, ...], "Future[Any]"]]:
    """Call a function in worker processes, and yield its arguments with the finished call, in the order of finishing.

    Every round has new processes. `ProcessPoolExecutor` can renew them itself (`max_tasks_per_child`), but in Python
    3.11 it then waits for ever once each process has had its number of calls and others wait.

    Args:
        function: what is called; a function that can be imported.
        arguments: those of each call, by position.
        workers: processes at a time.
        initializer: called in each process first.
        per_worker: calls for each process of a round.
    """
    size = workers * per_worker
    for start in range(0, len(arguments), size):
        these = arguments[start : start + size]
        pool = ProcessPoolExecutor(
            min(workers, len(these)), mp_context=multiprocessing.get_context("spawn"), initializer=initializer
        )
        try:
            jobs = {pool.submit(function, *each): each for each in these}
            for job in as_completed(jobs):
                yield jobs[job], job
        finally:
            pool.shutdown(cancel_futures=True)


def _line(entry: Entry) -> str:
    counts = ", ".join(f"{each.count}/{each.total}" for each in entry.successes)
    return (
        f"{entry.name} ({entry.half}): clean {entry.accuracy.count}/{entry.accuracy.total}"
        f"{', attack ' + counts if counts else ''}, {entry.cpu_s:.0f} s of processor time"
        f"{': left out, ' + entry.left_out if entry.left_out else ''}"
    )


def _report(folder: Path, recipes: Dated, start: float, state: str, line: str) -> None:
    """Print a line, and write how far the zoo is."""
    entries = zoo_entries(folder, recipes)
    kept = [each for each in entries if not each.left_out]
    clean_count = sum(not each.is_backdoored for each in kept)
    counts = (
        f"{len(entries)} of {len(recipes)} recipes are made; {len(kept)} networks passed "
        f"({clean_count} clean, {len(kept) - clean_count} backdoored), "
        f"{len(entries) - len(kept)} are left out"
    )
    elapsed = f"{(time.monotonic() - start) / 60:.0f} min"
    print(f"[{elapsed}] {line or counts}", flush=True)
    write_index(folder / "index.csv", entries)
    write_file(folder / "STATUS", f"{state} (process {os.getpid()}, {elapsed})\n{counts}\n{line}\n")


if __name__ == "__main__":
    sys.exit(main())
