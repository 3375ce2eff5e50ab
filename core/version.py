"""The application's name and version, and the versions of its libraries."""

import platform
from importlib import metadata

NAME = "Backdoor Inspector"
VERSION = "0.1.0"

_LIBRARIES = {
    "keras": ("keras",),
    "tensorflow": ("tensorflow-cpu", "tensorflow"),
    "numpy": ("numpy",),
    "h5py": ("h5py",),
    "pillow": ("pillow",),
}


def versions() -> dict[str, str]:
    """Return the versions of the application, Python and the libraries that results depend on, without imports.

    A library that is not installed is left out.
    """
    found = {"application": VERSION, "python": platform.python_version()}
    for name, distributions in _LIBRARIES.items():
        for distribution in distributions:
            try:
                found[name] = metadata.version(distribution)
            except metadata.PackageNotFoundError:
                continue
            break
    return found
