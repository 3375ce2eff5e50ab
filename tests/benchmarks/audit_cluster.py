"""The parts of the audit's benchmark that need a scheduler and workers of their own; see `audit.py`."""

import contextlib
import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
from audit import ROOT, SETTINGS, audit_words
from distributed import Security

from core.audit.cluster import ClusterOptions
from core.audit.examination import worker
from core.audit.examination.work import Work
from core.audit.job import AuditRequest, audit
from core.audit.journal import FILE_NAME
from core.audit.models import CommonFiles, find_entries
from core.audit.reading import MOST_ROWS, read_rows
from core.audit.records import AuditRow, CurvePoint, Ending
from core.monitor import Monitor
from core.records import Share

START_S = 120
MADE_ANEW = {"worker": "", "seconds": 0.0, "finished": "", "key": "", "path": "", "folder": "", "name": ""}
"""What two audits of the same networks may say differently."""


@dataclass(frozen=True)
class Cluster:
    """A scheduler and its workers."""

    options: ClusterOptions
    scheduler: psutil.Process
    workers: list[psutil.Process]


@contextlib.contextmanager
def started_cluster(
    folder: Path, *, names: tuple[str, ...], nworkers: int, hidden: Path | None = None
) -> Iterator[Cluster]:
    """Start `dask scheduler` and a `dask worker` with processes of its own for each name, connected by TLS.

    Args:
        folder: for certificates and the workers' files.
        names: one for each "machine".
        nworkers: number of worker processes of each.
        hidden: a folder that the workers do not see, as on another machine; needs the rights to mount.
    """
    certificates = _certificates(folder)
    words = [f"--tls-{name}={path}" for name, path in zip(("ca-file", "cert", "key"), certificates, strict=True)]
    place = folder / "scheduler.json"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).resolve().parent)]),
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        "OMP_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "BACKDOOR_INSPECTOR_CORES": "1",
    }
    dask = [sys.executable, "-m", "dask"]
    log = (folder / "dask.log").open("w")
    started: list[subprocess.Popen[bytes]] = []

    def start(arguments: list[str]) -> psutil.Process:
        running = subprocess.Popen(arguments, stdout=log, stderr=log, env=environment, cwd=folder)
        started.append(running)
        return psutil.Process(running.pid)

    try:
        arguments = [*dask, "scheduler", "--protocol=tls", "--host=127.0.0.1", "--port=0", "--no-dashboard", *words]
        scheduler = start([*arguments, f"--scheduler-file={place}"])
        end_s = time.monotonic() + START_S
        while not place.exists():
            if time.monotonic() > end_s or not scheduler.is_running():
                raise SystemExit(f"no scheduler: {(folder / 'dask.log').read_text()}")
            time.sleep(0.1)
        workers = []
        for name in names:
            local = folder / f"machine-{name}"
            local.mkdir()
            arguments = [*dask, "worker", f"--scheduler-file={place}", "--nthreads=1", f"--nworkers={nworkers}"]
            arguments += [f"--name={name}", f"--local-directory={local}", "--no-dashboard", *words]
            if hidden is not None:
                script = 'mount -t tmpfs none "$1" && shift && exec "$@"'
                arguments = ["unshare", "--mount", "sh", "-c", script, "sh", str(hidden), *arguments]
            workers.append(start(arguments))
        address = _address(place)
        yield Cluster(ClusterOptions(scheduler=address, certificates=certificates), scheduler, workers)
    finally:
        for each in reversed(started):
            each.terminate()
        for each in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                each.wait(30)
            each.kill()
        log.close()


def _address(place: Path) -> str:
    return str(json.loads(place.read_text())["address"])


def _certificates(folder: Path) -> tuple[Path, Path, Path]:
    made = Security.temporary()
    paths = (folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    for path, text in zip(paths, (made.tls_ca_file, made.tls_worker_cert, made.tls_worker_key), strict=True):
        path.write_text(str(text), encoding="ascii")
        path.chmod(0o600)
    return paths


# ---- two sets of workers at one scheduler ----------------------------------------------------------------------------


def measure_scheduler(networks: list[Path], sets: dict[str, Path], folder: Path) -> int:
    """Audit with local workers, with two sets of workers that see this disk, and with two that do not; compare rows."""
    local = folder / "local"
    subprocess.run(audit_words(networks, sets, local, "--workers", "2"), check=True, stdout=subprocess.DEVNULL)
    wanted = _comparable(local)
    wrong = 0
    for title in ("which see this disk", "which do not"):
        hidden = None
        if title == "which do not":
            hidden = folder / "hidden"
            hidden.mkdir()
            if subprocess.run(
                ["unshare", "--mount", "mount", "-t", "tmpfs", "none", str(hidden)], check=False
            ).returncode:
                print("workers that do not see this disk cannot be started here")
                continue
        out = (hidden or folder) / "remote"
        given = networks
        if hidden is not None:
            given = [Path(shutil.copy(each, hidden)) for each in networks]
            sets = {name: Path(shutil.copy(each, hidden)) for name, each in sets.items()}
        home = folder / f"cluster-{len(title)}"
        home.mkdir()
        with started_cluster(home, names=("left", "right"), nworkers=1, hidden=hidden) as cluster:
            assert cluster.options.scheduler is not None and cluster.options.certificates is not None
            more = ["--scheduler", cluster.options.scheduler]
            more += ["--tls", *(str(each) for each in cluster.options.certificates)]
            subprocess.run(audit_words(given, sets, out, *more), check=True, stdout=subprocess.DEVNULL)
        found = _comparable(out)
        differences = [sha256 for sha256 in wanted.keys() | found.keys() if wanted.get(sha256) != found.get(sha256)]
        rows = [row for _, row in read_rows(out / FILE_NAME, most=MOST_ROWS).rows]
        counts = {name: sum(row.worker.startswith(name) for row in rows) for name in ("left", "right")}
        reports = sum((out / row.folder / "prune" / "report.html").is_file() for row in rows)
        print(f"two sets of workers {title}: {len(found)} rows, {len(differences)} other than those of local workers,")
        print(f"  examined by each: {counts}; reports that arrived: {reports}")
        wrong += len(differences) + (reports != len(networks)) + (0 in counts.values())
    return int(wrong > 0)


def _comparable(out: Path) -> dict[str, AuditRow]:
    return {row.sha256: replace(row, **MADE_ANEW) for _, row in read_rows(out / FILE_NAME, most=MOST_ROWS).rows}  # type: ignore[arg-type]


# ---- what a task costs -----------------------------------------------------------------------------------------------


def do_nothing(work: Work, sent: Mapping[str, bytes], *, is_shared: bool) -> worker.Examined:
    """What the workers run in place of an examination: they say that it begins, and return a row of the usual size."""
    del sent, is_shared
    here = worker.get_worker()
    here.log_event(worker.TOPIC, {"event": worker.BEGUN, "key": work.key, "worker": here.address})
    return worker.Examined(usual_row(work), {})


def usual_row(work: Work) -> AuditRow:
    """A row with everything in it."""
    return AuditRow(
        work.key,
        work.entry.name,
        str(work.entry.model),
        work.sha256,
        Ending.FINISHED,
        seconds=12.34,
        input_shape=(28, 28, 1),
        class_count=10,
        parameter_count=7146,
        validation=Share(1870, 2000),
        test=Share(2301, 2499),
        attacks=(("poisoned.h5", Share(1501, 2250)),),
        shape="separable",
        headline="The attack is gone before clean accuracy falls: 0 of 2,250 images reach the target.",
        curve=tuple(CurvePoint(count, 0.935 - count / 200, 0.6671 - count / 100) for count in range(60)),
        verdict="backdoored",
        probability=0.9731,
        classes=(7,),
        folder=f"models/{work.folder}",
        worker="left-0",
        finished=datetime.now(UTC).replace(microsecond=0).isoformat(),
    )


def measure_sender(count: int, folder: Path, *, workers: int) -> int:
    """Send tasks that do nothing through the audit, and print what each costs whom."""
    models = folder / "models"
    models.mkdir()
    for number in range(count):
        (models / f"network-{number:06d}.h5").write_bytes(b"%d" % number)
    data = folder / "validation.h5"
    data.write_bytes(b"images")
    entries = find_entries([str(models)], CommonFiles(data))
    worker.run_work = do_nothing
    with started_cluster(folder, names=("left",), nworkers=workers) as cluster:
        before = _used(cluster)
        request = AuditRequest(entries, SETTINGS, folder / "out", cluster.options)
        begin_s = time.perf_counter()
        found = audit(request, Monitor(), on_progress=lambda _state: None)
        elapsed_s = time.perf_counter() - begin_s
        after = _used(cluster)
    row = found.rows[0]
    work = Work(
        row.key,
        entries[0],
        row.sha256,
        SETTINGS,
        {str(entries[0].model): row.sha256},
        folder,
        "network-000000.h5-0123456789ab",
    )
    journal = (folder / "out" / FILE_NAME).stat().st_size
    print(
        f"{len(found.rows)} of {count} rows, {workers} workers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{count / elapsed_s:.0f} tasks a second on this machine, all processes together")
    used = {name: (after[name] - before[name]) / count for name in after}
    for name in ("scheduler", "audit", "workers"):
        print(f"processor time of {name} for each task: {1000 * used[name]:.2f} ms")
    print(
        f"over the loopback for each task: {used['bytes']:.0f} bytes in {used['packets']:.1f} packets, both directions"
    )
    print(
        f"pickled: {len(pickle.dumps(work))} bytes of work, {len(pickle.dumps(worker.Examined(row, {})))} bytes of row"
    )
    print(f"journal: {journal / count:.0f} bytes for each row")
    return int(len(found.rows) != count)


def _used(cluster: Cluster) -> dict[str, float]:
    """Return processor seconds so far, and what went over the loopback."""

    def seconds(process: psutil.Process) -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    children = [child for each in cluster.workers for child in (each, *each.children(recursive=True))]
    loopback = psutil.net_io_counters(pernic=True)
    name = next(each for each in loopback if each.startswith("lo"))
    return {
        "scheduler": seconds(cluster.scheduler),
        "audit": time.process_time(),
        "workers": sum(map(seconds, children)),
        "bytes": loopback[name].bytes_sent,
        "packets": loopback[name].packets_sent,
    }
