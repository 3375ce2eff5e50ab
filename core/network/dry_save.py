"""Trying, before a long job, whether the networks that it makes can be saved."""

import tempfile
from pathlib import Path

from core.errors import InspectorError
from core.monitor import Monitor
from core.network.model_saving import save_model
from core.network.network import Network
from core.network.rebuild import build_repaired, noise_for

MOST_PARAMETERS = 16_000_000
"""The weights of a larger network are not written: that takes seconds, and 128 MB on the disk."""


def reason_not_savable(network: Network, *, monitor: Monitor) -> str:
    """Return why networks made from this one cannot be saved; empty if they can, or if the network is too large to try.

    G is built from B and B itself, saved in a temporary folder and opened again, like any network that is saved.

    Args:
        network: B.
        monitor: can cancel.

    Raises:
        Cancelled: the job was cancelled.
    """
    if network.summary.is_repaired or network.summary.parameter_count > MOST_PARAMETERS:
        return ""
    try:
        probe = noise_for(network)[:2]
        with tempfile.TemporaryDirectory(prefix="backdoor-inspector-") as folder:
            model = build_repaired(network, network.model, probe=probe)
            save_model(model, Path(folder) / "repaired.keras", probe=probe, monitor=monitor.unseen())
    except InspectorError as error:
        return (
            f"Networks made from '{network.summary.path.name}' cannot be saved ({error}); curves, tables and reports "
            f"can."
        )
    except OSError:
        return ""  # a full disk, which says nothing about the network
    return ""
