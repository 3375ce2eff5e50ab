"""What an audit costs beside a plain loop, whether it keeps its memory, and what survives a kill.

Run from the project's root:
    .venv/bin/python tests/benchmarks/audit.py PART [--networks N] [--workers N]

The parts:
    throughput  200 networks by `audit`, and by as many plain processes that call the same function in a loop
    memory      1,000 networks: the resident memory of each worker, every 50 networks
    restart     an audit is killed with all its processes in the middle, and goes on: is a row lost, or one made twice?
    scheduler   two sets of `dask worker` at one `dask scheduler`, with TLS: are the rows those of local workers?
    sender      20,000 tasks that do nothing: bytes, messages and processor time of each

Each needs a few networks only for a first impression: `throughput --networks 8`. The networks are made once and kept in
the cache. Only the ratios and counts mean something on a shared machine.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psutil

from core.audit.cluster import ClusterOptions, environment_of_workers
from core.audit.examination.work import Work
from core.audit.job import AuditProgress, AuditRequest, audit
from core.audit.journal import FILE_NAME
from core.audit.models import CommonFiles, find_entries
from core.audit.reading import MOST_ROWS, read_rows
from core.audit.records import AuditCheck, AuditRow, AuditSettings
from core.monitor import Monitor
from core.network.start_keras import start_keras
from core.scale import parse_scale

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = AuditSettings(checks=(AuditCheck.PRUNE, AuditCheck.DETECT), detectors=("weight-signature",))
WORDS = ("--checks", "prune,detect", "--detectors", "weight-signature", "--scale", "raw", "--no-progress")
USUAL_COUNTS = {"throughput": 200, "memory": 1000, "restart": 24, "scheduler": 24, "sender": 20_000}
WORKER_BYTES = 150 * 2**20
"""A child process of the audit with at least this much memory is a worker."""
MOST_GROWTH = 0.1
POLL_S = 0.2


def common_files(sets: dict[str, Path]) -> CommonFiles:
    """The sets of all networks."""
    return CommonFiles(sets["validation"], sets["test"], (sets["poisoned"],), targets=(None,), scale=parse_scale("raw"))


def audit_words(networks: list[Path], sets: dict[str, Path], out: Path, *more: str) -> list[str]:
    """The command that audits networks; they are named by a list, which is no matter of the command line's length."""
    manifest = out.with_suffix(".csv")
    manifest.write_text("model\n" + "".join(f"{path}\n" for path in networks), encoding="utf-8")
    words = [sys.executable, str(ROOT / "main.py"), "audit", str(manifest), "--out", str(out), *WORDS]
    for name, path in sets.items():
        words += [f"--{name}", str(path)]
    return [*words, *more]


# ---- throughput ------------------------------------------------------------------------------------------------------


def measure_throughput(networks: list[Path], sets: dict[str, Path], folder: Path, *, workers: int) -> int:
    """Examine the networks by the audit and by the plain loop, and print the ratios.

    The plain loop is one process for each worker with the same share of the cores. It opens the sets once and calls
    `examine` for one network after the other, with the same reports; it hashes nothing and writes no row and no table.
    Both times hold one start of Python and TensorFlow for each worker. A short run of both comes first, so that
    neither of them pays for files that are not in the system's cache.
    """

    def run_audit(networks: list[Path], name: str) -> None:
        out = folder / f"audit-{name}"
        subprocess.run(
            audit_words(networks, sets, out, "--workers", str(workers)), check=True, stdout=subprocess.DEVNULL
        )
        rows = [row for _, row in read_rows(out / FILE_NAME, most=MOST_ROWS).rows]
        if len(rows) != len(networks) or {each.ending.value for each in rows} != {"finished"}:
            raise SystemExit("the audit did not finish every network")

    def run_loop(networks: list[Path], name: str) -> None:
        environment = {**os.environ, **environment_of_workers(workers)}
        started = []
        for worker in range(workers):
            words = [sys.executable, __file__, "loop", str(folder / f"loop-{name}-{worker}")]
            words += [json.dumps({name: str(path) for name, path in sets.items()})]
            words += [str(each) for each in networks[worker::workers]]
            started.append(subprocess.Popen(words, env=environment))
        statuses = [each.wait() for each in started]
        if any(statuses):
            raise SystemExit("the plain loop failed")

    totals = {}
    runs: dict[str, Callable[[list[Path], str], None]] = {"audit": run_audit, "loop": run_loop}
    for name, run in runs.items():
        run(networks[: 2 * workers], "short")
        before_s, before_cpu_s = time.perf_counter(), _cpu_s()
        run(networks, "all")
        totals[name] = (time.perf_counter() - before_s, _cpu_s() - before_cpu_s)
    (audit_s, audit_cpu_s), (loop_s, loop_cpu_s) = totals["audit"], totals["loop"]
    count = len(networks)
    print(f"{count} networks, {workers} workers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end\n")
    print(f"{'':<24}{'seconds each':>14}{'processor s each':>18}")
    print(f"{'audit':<24}{audit_s / count:14.2f}{audit_cpu_s / count:18.2f}")
    print(f"{'plain loop':<24}{loop_s / count:14.2f}{loop_cpu_s / count:18.2f}")
    print(f"{'overhead':<24}{audit_s / loop_s - 1:14.1%}{audit_cpu_s / loop_cpu_s - 1:18.1%}")
    return int(audit_cpu_s > (1 + MOST_GROWTH) * loop_cpu_s)


def loop(out: Path, sets: dict[str, Path], networks: list[Path]) -> None:
    """Examine networks one after the other, as a worker does."""

    start_keras(Monitor())
    from core.audit.examination.examine import examine  # noqa: PLC0415  # imports Keras
    from core.audit.examination.open_sets import OpenSets  # noqa: PLC0415

    opened = OpenSets()
    for entry in find_entries([str(each) for each in networks], common_files(sets)):
        folder = out / entry.name
        folder.mkdir(parents=True)
        hashes = {str(path): str(path) for path in (entry.model, *entry.files)}
        work = Work(entry.name, entry, "", SETTINGS, hashes, out, entry.name)
        row = examine(work, opened, folder, Monitor())
        if row.sentence:
            raise SystemExit(row.sentence)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# ---- memory ----------------------------------------------------------------------------------------------------------


def measure_memory(networks: list[Path], sets: dict[str, Path], folder: Path, *, workers: int) -> int:
    """Sample the workers' resident memory, and print how much it grew after the first tenth."""
    every = max(1, len(networks) // 20)
    seen: dict[int, dict[int, float]] = {}

    def sample(state: AuditProgress) -> None:
        place = state.done // every * every
        if place in seen or not state.done:
            return
        seen[place] = {}
        for child in psutil.Process().children():
            try:
                memory = child.memory_info().rss
            except psutil.NoSuchProcess:
                continue
            if memory >= WORKER_BYTES:
                seen[place][child.pid] = memory / 2**20
        own_mb = psutil.Process().memory_info().rss / 2**20
        figures = "  ".join(f"{pid}: {memory:.0f}" for pid, memory in seen[place].items())
        print(f"{state.done:6} networks: {figures}; the audit itself {own_mb:.0f} (MiB)", flush=True)

    request = AuditRequest(
        find_entries([str(each) for each in networks], common_files(sets)),
        SETTINGS,
        folder / "out",
        ClusterOptions(worker_count=workers),
    )
    found = audit(request, Monitor(), on_progress=sample)
    if not found.is_complete:
        raise SystemExit("the audit did not come to its end")
    first = seen[min(place for place in seen if place >= len(networks) // 10)]
    last = seen[max(seen)]
    growths = [last[pid] / first[pid] - 1 for pid in first if pid in last]
    print(f"growth of each worker after the first tenth: {', '.join(f'{each:+.1%}' for each in growths)}")
    if len(growths) != workers:
        print("a worker was replaced")
    return int(len(growths) != workers or max(growths) > MOST_GROWTH)


# ---- restart ---------------------------------------------------------------------------------------------------------


def measure_restart(networks: list[Path], sets: dict[str, Path], folder: Path, *, workers: int) -> int:
    """Kill an audit with all its processes in the middle, let it go on, and compare the journal before and after."""
    out = folder / "out"
    words = audit_words(networks, sets, out, "--workers", str(workers))
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    while len(_rows(out)) < len(networks) // 3:
        if running.poll() is not None:
            raise SystemExit("the audit ended before it was killed")
        time.sleep(POLL_S)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    before = _rows(out)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = _rows(out)
    changed = [key for key, row in before.items() if after.get(key) != row]
    names = [row.name for _, row in after.values()]
    left = [each.name for each in (out / "models").iterdir() if each.name.startswith(".")]
    print(f"killed after {len(before)} of {len(networks)} networks; {len(after)} rows after the restart")
    print(f"rows of the first run that were lost or made again: {len(changed)}")
    print(f"networks with two rows: {len(names) - len(set(names))}; half reports left behind: {len(left)}")
    return int(bool(changed) or len(set(names)) != len(networks) or len(names) != len(networks) or bool(left))


def _rows(out: Path) -> dict[str, tuple[int, AuditRow]]:
    path = out / FILE_NAME
    try:
        return {row.key: (number, row) for number, row in read_rows(path, most=MOST_ROWS).rows} if path.exists() else {}
    except Exception as error:  # noqa: BLE001  # it is just being made
        print(error)
        return {}


def main() -> int:
    """Run one part."""
    if sys.argv[1:2] == ["loop"]:
        out, sets, *networks = sys.argv[2:]
        loop(
            Path(out), {name: Path(path) for name, path in json.loads(sets).items()}, [Path(each) for each in networks]
        )
        return 0
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("part", choices=tuple(USUAL_COUNTS))
    parser.add_argument("--networks", type=int, help="how many; for `sender`, how many tasks")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    count = options.networks or USUAL_COUNTS[options.part]
    with tempfile.TemporaryDirectory(prefix="backdoor-inspector-benchmark-") as name:
        if options.part == "sender":
            from audit_cluster import measure_sender  # noqa: PLC0415  # imports this module

            return measure_sender(count, Path(name), workers=options.workers)
        from audit_networks import made_networks  # noqa: PLC0415  # imports Keras

        networks, sets = made_networks(count)
        if options.part == "scheduler":
            from audit_cluster import measure_scheduler  # noqa: PLC0415

            return measure_scheduler(networks, sets, Path(name))
        measure = {"throughput": measure_throughput, "memory": measure_memory, "restart": measure_restart}[options.part]
        return measure(networks, sets, Path(name), workers=options.workers)


if __name__ == "__main__":
    sys.exit(main())
