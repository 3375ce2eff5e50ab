"""The workers of an audit: processes of this machine, or an existing Dask cluster."""

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.audit import interrupts
from core.errors import AuditError
from core.thread_pool import CORES_VARIABLE

BYTES_PER_WORKER = 3 * 2**30
"""The memory that a worker is given at least: TensorFlow takes 0.6 GB, and the layers' outputs the most of the rest."""

ALLOWED_FAILURES = 1
"""How often a worker may die of a network that is then tried again."""

NOT_INSTALLED = (
    "an audit needs Dask, which is not installed: use ./run audit in a checkout, which installs it, or "
    "pip install 'backdoor-inspector[audit]'"
)


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Where the workers are.

    Attributes:
        worker_count: number of worker processes of this machine; None takes as many as cores and memory allow.
        scheduler: address of a running scheduler (`tcp://host:8786`, `tls://…`) in place of them; None without one.
        certificates: for TLS, the files of the certificate authority, the certificate and the key.
        dashboard: port of the dashboard on this machine; None for none.
    """

    worker_count: int | None = None
    scheduler: str | None = None
    certificates: tuple[Path, Path, Path] | None = None
    dashboard: int | None = None


def usual_worker_count() -> int:
    """Return how many workers fit this machine: one for each core, and `BYTES_PER_WORKER` for each."""
    import psutil  # noqa: PLC0415  # comes with Dask

    return max(1, min(os.cpu_count() or 1, int(psutil.virtual_memory().available // BYTES_PER_WORKER)))


@contextlib.contextmanager
def connected(options: ClusterOptions) -> Iterator[Any]:
    """Give a client of the workers (`distributed.Client`), and stop those that were started here at the end.

    Workers of this machine are connected by TLS with certificates that exist for this audit alone.

    Raises:
        AuditError: `no-dask`, `no-scheduler`.
    """
    if options.scheduler is not None:
        check_address(options.scheduler, has_certificates=options.certificates is not None)
    try:
        import dask  # noqa: PLC0415  # an extra
        from distributed import Client, LocalCluster, Security  # noqa: PLC0415
    except ImportError as error:
        raise AuditError(NOT_INSTALLED, code="no-dask") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what happens to workers is in the rows
    with dask.config.set(_settings()):
        if options.scheduler is not None:
            try:
                security = None if options.certificates is None else Security(**_certificates(options.certificates))
                client = Client(options.scheduler, security=security, timeout=10, set_as_default=False)
            except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
                raise AuditError(
                    f"the scheduler '{options.scheduler}' does not answer: {error}", code="no-scheduler"
                ) from error
            with client:
                yield client
            return
        count = options.worker_count or usual_worker_count()
        with warnings.catch_warnings(), interrupts.unheard():
            warnings.simplefilter("ignore")  # of ports that are taken: others are used
            cluster = LocalCluster(
                n_workers=0,
                threads_per_worker=1,
                memory_limit=1 / count,  # of the machine's; Dask gives each one core's share, however few they are
                host="127.0.0.1",
                security=Security.temporary(),
                dashboard_address=None if options.dashboard is None else f"127.0.0.1:{options.dashboard}",
                silence_logs=logging.CRITICAL,
                env=environment_of_workers(count),
                preload=[interrupts.__name__],
            )
        with cluster, Client(cluster, set_as_default=False) as client:
            # A worker that dies while it starts is not started again by its nanny.
            cluster.adapt(minimum=count, maximum=count)
            yield client


def check_address(address: str, *, has_certificates: bool) -> None:
    """Check that an address can be a scheduler's, before anything is connected.

    Args:
        address: as typed.
        has_certificates: whether certificates are given.

    Raises:
        AuditError: `no-scheduler`.
    """
    protocol, _, place = address.rpartition("://")
    host, _, port = place.rpartition(":")
    if protocol not in {"", "tcp", "tls"} or not host or not port.isdecimal():
        raise AuditError(
            f"'{address}' is no address of a scheduler: give one such as tcp://host:8786", code="no-scheduler"
        )
    if (protocol == "tls") != has_certificates:
        missing = "needs --tls" if protocol == "tls" else "uses no certificates: give tls://, or leave --tls out"
        raise AuditError(f"the scheduler '{address}' {missing}", code="no-scheduler")


def _settings() -> dict[str, Any]:
    return {
        "distributed.scheduler.allowed-failures": ALLOWED_FAILURES,
        "distributed.admin.tick.limit": "1h",  # the checks are long calls into native code
        "distributed.admin.tick.interval": "1s",  # each tick of the event loop interrupts the check
        "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,  # each array would be mapped anew
        "distributed.comm.timeouts.connect": "60s",
        "distributed.worker.profile.enabled": False,  # sampling every 10 ms costs a fifth of a small network
        "distributed.worker.memory.pause": False,  # a worker of one network at a time would never go on
        "distributed.worker.daemon": False,  # workers start the processes that read files
    }


def _certificates(files: tuple[Path, Path, Path]) -> dict[str, Any]:
    authority, certificate, key = (str(each) for each in files)
    return {
        "tls_ca_file": authority,
        "tls_client_cert": certificate,
        "tls_client_key": key,
        "require_encryption": True,
    }


def environment_of_workers(worker_count: int) -> Mapping[str, str]:
    """Return the environment variables of this machine's workers: each uses its share of the cores.

    Args:
        worker_count: number of workers.
    """
    threads = str(max(1, (os.cpu_count() or 1) // worker_count))
    names = (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
    )
    return {**dict.fromkeys(names, threads), "TF_CPP_MIN_LOG_LEVEL": "3", CORES_VARIABLE: threads}
