"""What this is called, which version it is, and which versions of its libraries it runs on."""

import platform
from importlib import metadata

NAME = "Backdoor Inspector"
VERSION = "0.1.0"

_LIBRARIES = {"keras": ("keras",), "tensorflow": ("tensorflow-cpu", "tensorflow"), "numpy": ("numpy",)}


def versions() -> dict[str, str]:
    """Version of the application, of Python and of the libraries that results depend on; imports none of them.

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
